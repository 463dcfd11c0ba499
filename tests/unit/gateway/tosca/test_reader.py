"""The reader keeps every place and stops every bomb at the line that lights it."""

import pytest

from services.gateway.domain.tosca import Limits, Problem, TemplateRefused
from services.gateway.domain.tosca.document import SourceFloat
from services.gateway.domain.tosca.reader import read


def problem_of(text: str, limits: Limits = Limits()) -> Problem:  # noqa: B008 -- frozen
    with pytest.raises(TemplateRefused) as caught:
        read(text, limits)
    return caught.value.problems[0]


def test_every_value_knows_its_line_and_column() -> None:
    document = read("a:\n  b: [1, {c: 2}]\n")
    assert document.root == {"a": {"b": [1, {"c": 2}]}}
    assert document.position(("a", "b")) == (2, 3)
    assert document.position(("a", "b", 1, "c")) == (2, 11)


def test_a_place_that_is_not_there_is_where_its_parent_is() -> None:
    assert read("a:\n  b: 1\n").position(("a", "missing", 3)) == (1, 1)


def test_scalars_are_read_as_the_field_reads_them() -> None:
    text = "[yes, Off, ~, 12, 0x10, 010, 1.50, 'yes', 22:30, 2020-01-01, !!str 5, 1_000]"
    assert read(text).root == [True, False, None, 12, 16, 8, 1.5, "yes", "22:30", "2020-01-01", "5", 1000]


def test_a_number_with_a_point_remembers_how_it_was_written() -> None:
    value = read("version: 14.10").root["version"]
    assert isinstance(value, SourceFloat)
    assert value.text == "14.10"


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read("{8080: a, yes: b}").root == {"8080": "a", "yes": "b"}


def test_a_key_given_twice_is_noticed_with_both_places() -> None:
    assert read("a:\n  x: 1\n  y: 2\n  x: 3\n").duplicates == [(("a", "x"), (4, 3))]


def test_an_anchor_may_be_used_again() -> None:
    assert read("a: &x {n: 1}\nb: *x\n").root["b"] == {"n": 1}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a:\n\tb: 1\n", "yaml", 2),
        ("a: &a [*a]\n", "alias", 1),
        ("b: 1\na: *nothing\n", "alias", 2),
        ("x: &x {a: 1}\ny:\n  <<: *x\n", "merge-key", 3),
        ("x: &x {a: 1}\ny:\n  !!merge '<<': *x\n", "merge-key", 3),
        ("x: &x {a: 1}\nz: &z '<<'\ny:\n  *z : *x\n", "merge-key", 4),
        ("a: 1\n---\nb: 2\n", "yaml", 2),
        ("a: !!python/object/apply:os.system [ls]\n", "yaml", 1),
        ("a: !thing 1\n", "yaml", 1),
        ("? [a, b]\n: 1\n", "yaml", 1),
        ("a: 1\nb: \x00\n", "yaml", 2),
        ("n: " + "9" * 5000, "yaml", 1),
        ("n: !!int twelve", "yaml", 1),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(text: str, code: str, line: int) -> None:
    problem = problem_of(text)
    assert (problem.code, problem.line) == (code, line)


def test_deep_nesting_is_refused_before_it_is_built() -> None:
    assert problem_of("a: " + "[" * 65 + "]" * 65).code == "too-deep"
    assert problem_of("a: " + "[" * 30_000).code in ("too-deep", "yaml")


def test_an_alias_bomb_is_refused_while_it_is_small() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"{n}: &{n} [{', '.join(['*' + p] * 9)}]\n" for p, n in zip("abcdef", "bcdefg", strict=True))
    assert problem_of(bomb).code in ("too-many", "alias")


def test_sizes_and_numbers_have_limits() -> None:
    assert problem_of("a: " + "x" * 100, Limits(size=50)).code == "too-large"
    assert problem_of("[" + "1, " * 50 + "]", Limits(nodes=40)).code == "too-many"
    assert problem_of("x: &x 1\ny: [" + "*x, " * 70 + "]").code == "alias"


def test_a_key_that_is_given_twice_stands_where_it_was_given_last() -> None:
    document = read("a:\n  x: 1\n  y: {z: 2}\n  x: [3, 4]\n")
    assert document.position(("a", "x")) == (4, 3)
    assert document.position(("a", "x", 1)) == (4, 10)
    assert document.position(("a", "y", "z")) == (3, 7)
    assert document.position(("a", "y", "not", "there")) == (3, 3)
    assert document.position(("a", "x", 7)) == (4, 3)


def test_a_template_of_ten_thousand_nodes_is_let_in() -> None:
    node = "    n{}: {{type: Compute, properties: {{a: 1, b: 2}}, requirements: [{{dependency: n0}}]}}\n"
    text = "a:\n" + "".join(node.format(number) + f"    # {'x' * 150}\n" for number in range(10_000))
    assert len(text) > 2 << 20
    assert len(read(text).root["a"]) == 10_000


def test_few_aliases_may_not_stand_for_much() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 8)]
    problem = problem_of("\n".join(lines))
    assert (problem.code, problem.line) == ("alias", 5)


@pytest.mark.parametrize(
    "value",
    ["0x" + "f" * 5000, "0b" + "1" * 20_000, "0" + "7" * 9000, "9" * 5000, "!!int 0x" + "f" * 5000],
    ids=["hexadecimal", "binary", "octal", "decimal", "tagged"],
)
def test_a_number_too_long_to_be_one_is_refused_at_its_line(value: str) -> None:
    problem = problem_of(f"a: 1\nb: {value}\n")
    assert (problem.code, problem.line) == ("yaml", 2)


@pytest.mark.parametrize(
    "text",
    [
        "? " * 5000,
        "- " * 5000,
        "[{" * 5000,
        "a: &a [1]\n? *a\n: 1\n",
        "? {a: 1}\n: 1\n",
        "a: !!set {b}\n",
        "a: !<tag:evil,2000:x> b\n",
        "%TAG ! tag:x,2000:\n---\na: !y b\n",
        'a: "\x00"\n',
        "a: \x1b[2J\n",
        "---\n" * 500,
    ],
)
def test_whatever_else_is_strange_is_refused_with_a_line(text: str) -> None:
    problem = problem_of(text)
    assert problem.line >= 1
    assert problem.message


def test_a_mark_of_byte_order_is_no_part_of_the_text() -> None:
    assert read("\ufeffa: 1\n").root == {"a": 1}


def test_a_merge_key_in_quotes_is_a_word() -> None:
    assert read("a: {'<<': 1}\n").root == {"a": {"<<": 1}}
