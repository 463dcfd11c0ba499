"""What trials teach, and what is expected after them."""

from datetime import timedelta
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.ranker.domain.ask import ask_of
from services.ranker.domain.board import Board
from services.ranker.domain.books import Books
from services.ranker.domain.experience import EVERY_SORT, Experience, Fading, Lore, Outcome, after
from services.ranker.domain.offer import Place
from services.ranker.domain.outlook import Outlook
from services.ranker.domain.weights import Patience, Weights
from shared.contracts.topology import TopologyKind
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON, a_compute_node, a_request, a_site, a_topology, an_agreement
from tests.unit.ranker.ranked import a_federation, ranked, sites_in, some_books, the_candidate

BARI = (SiteId("bari"), ServiceId("bari-compute"))
CINECA = (SiteId("cineca"), ServiceId("cineca-compute"))
ONE = "infrastructure/one"
MANY = "infrastructure/many"
FADING = Fading(timedelta(days=14), timedelta(hours=1))
TWO = (a_site("bari"), an_agreement("bari"), a_site("cineca"), an_agreement("cineca"))
NOW = NOON.timestamp()


def outcome(
    *, failed: bool = False, seconds: float = 600, ago: float = 0, sort: str = ONE, place: Place = BARI
) -> Outcome:
    return Outcome(place, sort, failed, seconds, NOW - ago)


def taught(*outcomes: Outcome) -> Books:
    books = some_books()
    for one in outcomes:
        books.learn(one)
    return books


def outlook_after(*outcomes: Outcome, machines: int = 1) -> Outlook:
    request = a_request(topology=a_topology(a_compute_node(count=machines)))
    return Board(ask_of(request, NOON), a_federation(*TWO), taught(*outcomes), Weights()).outlook


def test_a_request_is_of_a_sort() -> None:
    def sort(count: int, kind: TopologyKind = TopologyKind.INFRASTRUCTURE) -> str:
        return ask_of(a_request(topology=a_topology(a_compute_node(count=count), kind=kind)), NOON).sort

    assert [sort(count) for count in (1, 5, 6, 21)] == [
        "infrastructure/one",
        "infrastructure/few",
        "infrastructure/many",
        "infrastructure/large",
    ]
    assert sort(1, TopologyKind.BATCH_JOB) == "batch-job/one"


def test_without_experience_the_operator_s_prior_holds() -> None:
    outlook = outlook_after()
    assert outlook.success.tolist() == pytest.approx([0.85, 0.85])
    assert outlook.good.tolist() == pytest.approx([600, 600])
    assert outlook.bad.tolist() == pytest.approx([300, 300])


def test_a_site_where_trials_succeed_is_trusted_and_one_where_they_fail_is_not() -> None:
    good = [outcome(ago=1000 + number) for number in range(20)]
    bad = [outcome(failed=True, place=CINECA, ago=100_000 + number) for number in range(20)]
    success = outlook_after(*good, *bad).success
    assert success[0] > 0.9
    assert success[1] < 0.3


def test_failures_of_long_ago_are_forgotten() -> None:
    failures = [outcome(failed=True, ago=200 * 86400) for _ in range(20)]
    assert outlook_after(*failures).success[0] == pytest.approx(0.85, abs=0.01)


def test_what_is_hard_everywhere_is_expected_to_be_hard_where_it_was_never_tried() -> None:
    lessons = [outcome(failed=True, sort=MANY, ago=5e5) for _ in range(30)]
    lessons += [outcome(sort=ONE, ago=5e5) for _ in range(90)]
    here = outlook_after(*lessons, machines=10)
    assert here.success[1] < outlook_after(*lessons).success[1] - 0.2


def test_what_takes_long_everywhere_is_expected_to_take_long_where_it_was_never_tried() -> None:
    lessons = [outcome(sort=MANY, seconds=3000) for _ in range(30)] + [outcome(seconds=300) for _ in range(30)]
    assert outlook_after(*lessons, machines=10).good[1] > 2 * outlook_after(*lessons).good[1]


def test_a_faster_site_comes_first() -> None:
    lessons = [outcome(seconds=1200) for _ in range(5)] + [outcome(seconds=200, place=CINECA) for _ in range(5)]
    assert sites_in(ranked(*TWO, books=taught(*lessons))) == ["cineca", "bari"]


def test_a_site_that_fails_slowly_costs_more_than_one_that_fails_at_once() -> None:
    slow = [outcome(failed=True, seconds=3600, ago=9e4), *(outcome(ago=9e4) for _ in range(3))]
    quick = [outcome(failed=True, seconds=10, ago=9e4, place=CINECA), *(outcome(ago=9e4, place=CINECA),) * 3]
    assert sites_in(ranked(*TWO, books=taught(*slow, *quick))) == ["cineca", "bari"]


def test_patience_is_learned_once_enough_trials_succeeded() -> None:
    def patience(successes: int) -> float | None:
        lessons = [outcome(seconds=seconds) for seconds in (300, 600, 900, 1200)[: successes % 5] * 3]
        return the_candidate(ranked(*TWO[:2], books=taught(*lessons))).patience

    assert patience(0) is None
    assert patience(1) is None
    assert 1200 < (patience(4) or 0) < 7200


def test_patience_stays_within_bounds() -> None:
    lessons = [outcome(seconds=2) for _ in range(10)]
    candidates = ranked(a_site("bari"), an_agreement("bari"), books=taught(*lessons))
    assert the_candidate(candidates).patience == Patience().least.total_seconds()


def test_the_mean_and_the_spread_are_those_of_logarithms() -> None:
    known = Experience()
    for seconds in (100.0, 400.0):
        known = after(known, outcome(seconds=seconds), FADING)
    assert exp(known.log_good) == pytest.approx(200)
    assert exp(known.spread**0.5) == pytest.approx(2)


def test_lore_that_was_borrowed_is_not_changed() -> None:
    lore = Lore({(BARI, EVERY_SORT): Experience(succeeded=1)})
    other = lore.fork()
    other.put((BARI, EVERY_SORT), Experience(succeeded=2))
    other.put((CINECA, ONE), Experience(failed=1))
    assert [known.succeeded for _, known in lore] == [1]
    assert other.get((BARI, EVERY_SORT)).succeeded == 2


outcomes = some.builds(
    Outcome,
    some.sampled_from([BARI, CINECA]),
    some.sampled_from([ONE, MANY]),
    some.booleans(),
    some.floats(0, 1e6),
    some.floats(NOW - 1e7, NOW),
)


@given(some.lists(outcomes, max_size=30))
def test_expectations_are_always_sensible(lessons: list[Outcome]) -> None:
    outlook = outlook_after(*lessons)
    assert ((outlook.success > 0) & (outlook.success < 1)).all()
    assert (outlook.good > 0).all()
    assert (outlook.bad > 0).all()
    assert (outlook.spread >= 0).all()


@given(some.lists(outcomes, min_size=1, max_size=20))
def test_what_is_remembered_never_exceeds_what_happened(lessons: list[Outcome]) -> None:
    known = taught(*lessons).lore
    for place in (BARI, CINECA):
        here = [one for one in lessons if one.place == place]
        experience = known.get((place, EVERY_SORT))
        assert experience.succeeded <= sum(not one.failed for one in here) + 1e-9
        assert experience.failed <= sum(one.failed for one in here) + 1e-9
