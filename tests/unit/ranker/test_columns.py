"""Numbers side by side say what each would say alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from services.ranker.domain.columns import Columns
from services.ranker.domain.judgement import Judgement

keys = some.sampled_from("abcdefgh")
puts = some.lists(some.tuples(keys, some.floats(0, 10)), max_size=60)


@given(puts, puts)
def test_what_stands_along_a_table_is_what_was_put_last(
    first: list[tuple[str, float]], then: list[tuple[str, float]]
) -> None:
    table = {key: range(2 * number, 2 * number + 2) for number, key in enumerate("hgfedc")}
    columns: Columns[str] = Columns(1)
    last: dict[str, float] = {}
    for batch in (first, then):
        for key, value in batch:
            columns.put(key, [value])
            last[key] = value
        found = columns.along(table, np.arange(12), 12)[:, 0].tolist()
        assert found == [last.get(key, 0.0) for key in "hgfedc" for _ in range(2)]
        assert columns.of("abc")[:, 0].tolist() == [last.get(key, 0.0) for key in "abc"]


@given(puts, puts)
def test_a_fork_goes_its_own_way(first: list[tuple[str, float]], then: list[tuple[str, float]]) -> None:
    columns: Columns[str] = Columns(1)
    for key, value in first:
        columns.put(key, [value])
    before = dict(columns.items())
    fork = columns.fork()
    for key, value in then:
        fork.put(key, [value])
    assert dict(columns.items()) == before
    assert dict(fork.items()) == before | {key: [value] for key, value in then}


few = some.sampled_from([0.0, 1.0, 2.0])


@given(some.lists(some.tuples(few, few), max_size=30), some.integers(1, 10))
def test_the_best_few_are_the_first_of_all_in_order(scored: list[tuple[float, float]], most: int) -> None:
    numbers = np.array(scored, np.float64).reshape(-1, 2)
    judged = Judgement(np.arange(len(scored)), numbers[:, 0], numbers[:, 1], numbers[:, 1], numbers[:, 1])
    whole = judged.order().tolist()
    assert whole == sorted(range(len(scored)), key=lambda one: (-scored[one][0], -scored[one][1], one))
    assert judged.order(most).tolist() == whole[:most]
