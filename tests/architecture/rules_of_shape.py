"""Rules of form: how big things are, what they are called and where they lie. Each yields what breaks it."""

import ast
from collections.abc import Iterable, Iterator

from tests.architecture.house import PRODUCT, Source

MAX_LINES = 300
MAX_STATEMENTS = 25
MAX_PARAMETERS = 5
MAX_PARAMETERS_WITH_DEFAULTS = 8
MAX_CARD_LINES = 8
DRAWERS = frozenset({"utils", "util", "common", "helpers", "helper", "core", "manager", "managers", "base", "misc"})
SERVICES = frozenset({"gateway", "deployer", "ranker", "slam", "cmdb", "monitoring"})
ROOMS = frozenset(
    {"__init__", "__main__", "main", "settings", "handlers", "api", "adapters", "backends", "app", "ports", "domain"}
)
SHARED_ROOMS = frozenset({"__init__", "contracts", "failures", "identity", "messaging", "runtime"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files_are_small(house: Iterable[Source]) -> Iterator[str]:
    """A long file is one where two things have grown together, and nobody reads it to the end."""
    for source in house:
        if (lines := len(source.text.splitlines())) > MAX_LINES:
            yield f"{source.path}: {lines} lines, {MAX_LINES} are allowed"


def functions_are_short(house: Iterable[Source]) -> Iterator[str]:
    """A long function hides its cases: what it does on failure is somewhere on the second screen."""
    for source, function in _product_functions(house):
        if (statements := _statements(function)) > MAX_STATEMENTS:
            yield f"{source.at(function)}: {function.name} has {statements} statements, {MAX_STATEMENTS} are allowed"


def parameters_are_few(house: Iterable[Source]) -> Iterator[str]:
    """A caller of many parameters mixes two of them up; keyword-only ones with a default cannot be mixed up."""
    for source, function in _product_functions(house):
        needed, optional = _parameters(function)
        if needed > MAX_PARAMETERS or needed + optional > MAX_PARAMETERS_WITH_DEFAULTS:
            yield f"{source.at(function)}: {function.name} takes {needed} parameters and {optional} options"


def nothing_is_called_a_drawer(house: Iterable[Source]) -> Iterator[str]:
    """What has no name of its own is found by nobody and grows for ever."""
    for source in house:
        for part in source.parts:
            if part.removesuffix(".py") in DRAWERS:
                yield f"{source.path}: `{part}` is a drawer for odds and ends"


def every_file_is_on_the_map(house: Iterable[Source]) -> Iterator[str]:
    """Who knows one service knows all: a room that only one of them has must be learnt anew."""
    for source in house:
        match source.parts:
            case ("services", "__init__.py"):
                pass
            case ("services", service, *_) if service not in SERVICES:
                yield f"{source.path}: there is no service `{service}`"
            case ("services", _, room, *_) if room.removesuffix(".py") not in ROOMS:
                yield f"{source.path}: `{room}` is no room of a service"
            case ("shared", room, *_) if room.removesuffix(".py") not in SHARED_ROOMS:
                yield f"{source.path}: `{room}` is no room of shared"
            case _:
                pass


def every_package_opens_with_its_card(house: Iterable[Source]) -> Iterator[str]:
    """Without it a newcomer must read a package's files to learn what it is for and what it hears and says."""
    files = {source.path: source for source in house if source.parts[0] in PRODUCT and "migrations" not in source.parts}
    for folder in sorted({path.rpartition("/")[0] for path in files}):
        card = files.get(f"{folder}/__init__.py")
        text = ast.get_docstring(card.tree, clean=False) if card else None
        if not text:
            yield f"{folder}: no card (a docstring in __init__.py)"
        elif (lines := len(text.strip().splitlines())) > MAX_CARD_LINES:
            yield f"{folder}: the card has {lines} lines, {MAX_CARD_LINES} are allowed"


def _product_functions(house: Iterable[Source]) -> Iterator[tuple[Source, Function]]:
    for source in house:
        if not source.is_test:
            yield from ((source, node) for node in ast.walk(source.tree) if isinstance(node, Function))


def _statements(function: Function) -> int:
    inside = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    return len(inside) - 1 - has_docstring


def _parameters(function: Function) -> tuple[int, int]:
    spec = function.args
    positional = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
    own = positional[:1] in (["self"], ["cls"])
    stars = (spec.vararg is not None) + (spec.kwarg is not None)
    required = sum(default is None for default in spec.kw_defaults)
    return len(positional) - own + stars + required, len(spec.kwonlyargs) - required
