"""Patterns are matched in bounded work, whatever their author had in mind."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.tosca.patterns import BadPattern, compiled, matches


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("[a-z]+", "abc", "aBc"),
        (r"([0-9]{1,3}\.){3}[0-9]{1,3}", "192.0.2.77", "192.0.2"),
        ("^(on|off)$", "off", "offs"),
        (r"\d{2,}", "123", "1"),
        (r"[^\s@]+@[^\s@]+\.[a-z]{2,}", "a@b.it", "a b@c.it"),
        ("(?:ab?)*c", "aabc", "bc"),
        (r"a\.b", "a.b", "axb"),
    ],
)
def test_patterns_mean_what_they_mean_elsewhere(pattern: str, yes: str, no: str) -> None:
    assert matches(pattern, yes)
    assert not matches(pattern, no)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a|aa)*b", "(?:a?){60}a{60}b", "((a{1,50}){1,50}){1,50}b", "a*a*a*a*b"]
)
def test_a_pattern_made_to_run_for_ever_just_does_not_match(pattern: str) -> None:
    assert not matches(pattern, "a" * 50 + "!")


@pytest.mark.parametrize("pattern", ["(a", "a)", "*a", r"(a)\1", "(?=a)b", "[z-a]", "a{2000}", "x" * 501, "(?P<n>a)"])
def test_what_is_no_pattern_or_not_taken_is_said(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compiled(pattern)


PIECES = st.sampled_from(["a", "b", "[ab]", "(a|b)", "(?:ab)", "a*", "b+", "a?", "(ab)*", "[^a]", ".", "a{1,2}"])


@given(st.lists(PIECES, max_size=5).map("".join), st.text(alphabet="ab", max_size=7))
def test_small_patterns_agree_with_pythons_own_matcher(pattern: str, text: str) -> None:
    assert matches(pattern, text) is (re.fullmatch(pattern, text) is not None)
