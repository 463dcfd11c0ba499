"""Regular expressions of template authors, matched in bounded work.

Python's own matcher can be made to run for ever by a pattern of ten characters. Here a part of a pattern turns a set of
places in the text into the set of places where it may end, so no way is tried twice, and all steps are counted.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial, reduce

LONGEST_PATTERN = 500
LONGEST_TEXT = 4096
MOST_STEPS = 100_000
MOST_REPEATS = 1000
TOKEN = re.compile(
    r"\\[dDwWsS]|\\[^A-Za-z0-9]|\\[nrtfv]"  # a class, an escaped sign, a control character
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"  # a set
    r"|\(\?:|[()|^$]|[*+?]|\{[0-9]+(?:,[0-9]*)?\}|[^\\\[*+?]",
    re.DOTALL,
)
QUANTIFIER = re.compile(r"[*+?]|\{[0-9]+(?:,[0-9]*)?\}")
Places = frozenset[int]


class BadPattern(ValueError):
    """The pattern is none, or uses what is not taken here."""


class TooMuch(Exception):
    """Matching took more steps than are allowed."""


class Text:
    """A text that is matched, with the steps spent on it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Counts steps. Raises TooMuch when there are none left."""
        self._left -= steps + 1
        if self._left < 0:
            raise TooMuch


Part = Callable[[Text, Places], Places]


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is of the pattern. Raises BadPattern; a text that takes too much work is not of it."""
    part = compiled(pattern)
    if len(text) > LONGEST_TEXT:
        return False
    try:
        return len(text) in part(Text(text), frozenset((0,)))
    except TooMuch:
        return False


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Part:
    """The pattern as a function of places. Raises BadPattern."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern(f"a pattern is text of at most {LONGEST_PATTERN} characters")
    tokens = TOKEN.findall(pattern)
    if "".join(tokens) != pattern:
        raise BadPattern("the pattern uses what is not taken here; use sets, groups, | and repeats only")
    tokens.reverse()
    part = _either(tokens)
    if tokens:
        raise BadPattern("a bracket is closed that was not opened")
    return part


def _either(tokens: list[str]) -> Part:
    branches = [_sequence(tokens)]
    while tokens and tokens[-1] == "|":
        tokens.pop()
        branches.append(_sequence(tokens))
    return branches[0] if len(branches) == 1 else partial(_any_of, branches)


def _sequence(tokens: list[str]) -> Part:
    parts: list[Part] = []
    while tokens and tokens[-1] not in ("|", ")"):
        part = _atom(tokens)
        while tokens and QUANTIFIER.fullmatch(tokens[-1]):
            least, most = _bounds(tokens.pop())
            part = partial(_repeated, part, least, most)
        parts.append(part)
    return partial(_one_after_the_other, parts)


def _atom(tokens: list[str]) -> Part:
    sign = tokens.pop()
    if sign in ("(", "(?:"):
        if tokens and tokens[-1] == "?":
            raise BadPattern("the pattern looks ahead or names a group, which is not taken here")
        part = _either(tokens)
        if not tokens:
            raise BadPattern("a bracket is not closed")
        tokens.pop()
        return part
    if QUANTIFIER.fullmatch(sign):
        raise BadPattern("a repeat has nothing to repeat")
    if sign in ("^", "$"):
        return partial(_edge, sign == "$")
    try:
        return partial(_character, re.compile(sign if sign[0] in "\\[." else re.escape(sign)))
    except re.error:
        raise BadPattern(f"`{sign[:40]}` is no set of characters") from None


def _bounds(quantifier: str) -> tuple[int, int | None]:
    if quantifier in ("*", "+", "?"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[quantifier]
    least, comma, most = quantifier[1:-1].partition(",")
    bounds = int(least), int(most) if most else None if comma else int(least)
    if max(bounds[0], bounds[1] or 0) > MOST_REPEATS:
        raise BadPattern(f"a repeat of more than {MOST_REPEATS} times")
    return bounds


def _any_of(branches: list[Part], text: Text, places: Places) -> Places:
    return frozenset().union(*(branch(text, places) for branch in branches))


def _one_after_the_other(parts: list[Part], text: Text, places: Places) -> Places:
    return reduce(lambda here, part: part(text, here) if here else here, parts, places)


def _repeated(part: Part, least: int, most: int | None, text: Text, places: Places) -> Places:
    for _ in range(least):
        text.spend(len(places))
        places = part(text, places)
    reached, new, times = places, places, least
    while new and (most is None or times < most):
        text.spend(len(new))
        new = part(text, new) - reached
        reached |= new
        times += 1
    return reached


def _edge(end: bool, text: Text, places: Places) -> Places:  # noqa: FBT001 -- bound once, by `partial`
    return places & {len(text.text) if end else 0}


def _character(kind: re.Pattern[str], text: Text, places: Places) -> Places:
    text.spend(len(places))
    length = len(text.text)
    return frozenset(place + 1 for place in places if place < length and kind.match(text.text, place) is not None)
