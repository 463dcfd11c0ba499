"""A condition in the Common Expression Language: it always ends, has no effect, and is checked when it is read.

The language has no loops but macros over lists, and matches patterns in linear time; length and macros are limited, so
that no condition takes long. Source: the CEL specification.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import cel

from services.ranker.domain.rules.names import REQUEST, Fact, Facts, examples

LONGEST = 1000
MACROS = 2
"""So many walks over lists; each list is short."""
MACRO = re.compile(r"\.(?:exists_one|exists|all|map|filter)\s*\(\s*(\w+)\s*,")
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'")
ATTRIBUTE = re.compile(r"\b([a-z]+)\.([a-z_]+)\b(?!\s*\()")
SYNTAX = re.compile(r"ERROR: <input>:(\d+):(\d+): (?:Syntax error: )?(.+)")
FUNCTIONS = frozenset(
    [
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "lowerAscii",
        "upperAscii",
        "split",
        "join",
        "min",
        "max",
        "int",
        "double",
        "string",
        "has",
    ]
)
FAILURES = (ValueError, RuntimeError, TypeError, LookupError, ArithmeticError)
Names = Mapping[str, Fact | Facts]


class Condition:
    """A condition that can be asked. Raises `ValueError` with a sentence for what is not one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._program = _program(text)
        plain = TEXT.sub('""', text)
        bound = set(MACRO.findall(plain))
        self.roots = frozenset(self._program.variables()) - bound
        self.terms = frozenset(name for root, name in ATTRIBUTE.findall(plain) if root == "terms")
        for problem in _problems(self, plain):
            raise ValueError(problem)

    def decided(self, names: Names) -> bool | None:
        """What the request alone decides, whatever the place; nothing if it does not."""
        try:
            return self._program.execute(dict(names)) is True
        except FAILURES:
            return None

    def holds(self, context: cel.Context) -> bool:
        """Whether it does. What cannot be reckoned (a division by zero) does not hold."""
        try:
            return self._program.execute(context) is True
        except FAILURES:
            return False

    def example(self) -> object:
        """What comes out for the examples of all names. Raises one of `FAILURES`."""
        found: object = self._program.execute(examples())
        return found

    def functions(self) -> Iterator[str]:
        """The functions by name, without operators."""
        return (name for name in self._program.functions() if name.isidentifier())

    @property
    def is_about_places(self) -> bool:
        """Whether it says anything of a place."""
        return bool(self.roots - set(REQUEST))


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """The condition of this text. Raises `ValueError`."""
    return Condition(text)


def _program(text: str) -> cel.Program:
    if len(text) > LONGEST:
        raise ValueError(f"the condition has {len(text)} characters; allowed: {LONGEST}")
    try:
        return cel.compile(text)
    except ValueError as problem:
        found = SYNTAX.search(str(problem))
        said = f"{found[3].partition(' expecting ')[0]} at character {found[2]}" if found else "it cannot be read"
        raise ValueError(f"not a condition: {said}") from None


def _problems(condition: Condition, plain: str) -> Iterator[str]:
    known = examples()
    if unknown := sorted(condition.roots - set(known)):
        yield f"there is no {unknown[0]!r}; there are: {', '.join(sorted(known))}"
    for root, name in ATTRIBUTE.findall(plain):
        names = known.get(root)
        if isinstance(names, Mapping) and name not in names:
            yield f"there is no {root}.{name}; there are: {', '.join(f'{root}.{one}' for one in sorted(names))}"
    if foreign := sorted(set(condition.functions()) - FUNCTIONS):
        yield f"there is no function {foreign[0]!r}; there are: {', '.join(sorted(FUNCTIONS))}"
    if (macros := len(MACRO.findall(plain))) > MACROS:
        yield f"it walks over {macros} lists; allowed: {MACROS}"
    try:
        found = condition.example()
    except ArithmeticError:
        return
    except FAILURES as problem:
        yield f"it cannot be reckoned: {str(problem.args[0] if problem.args else problem).split('.', 1)[0]}"
        return
    if not isinstance(found, bool):
        yield f"it is {found!r} rather than true or false"
