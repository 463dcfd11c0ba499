"""Rules of behaviour that no tool we use can express: what code may touch, and how. Each yields what breaks it."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from tests.architecture.house import Source

TOPIC_HOMES = ("shared/contracts/streams.py", "services/deployer/domain/commands.py")
TOPIC = re.compile(r"federation\.(sites|agreements|observations)(\.dead)?|deployer\.[a-z.-]*")
ENVIRONMENT_READERS = ("chaos/", "embedded/", "benchmarks/", "tests/component/", "tests/system/", "tests/integration/")
ENVIRONMENT_READERS_TOO = ("tests/support/", "tests/architecture/", "tests/conftest.py")
CATCH_ALL_ROOMS = ("shared/messaging/",)
CATCH_ALLS: Mapping[str, str] = {
    "services/deployer/app/ask.py": "a bug in one backend is an answer about one trial; the others go on",
    "services/deployer/app/trials.py": "the loop outlives every step: logged whole, then the next one",
    "services/gateway/app/accept.py": "every caller in a shared transaction is told, whatever went wrong with it",
    "shared/runtime/health.py": "whatever a check raises is its answer",
    "shared/runtime/service.py": "the supervisor of a service's loops: logged whole, then started again",
}
"""File → why it must catch everything. An entry here is a decision, not a convenience."""
WAITING = "tests/support/waiting.py"


def topics_are_named_in_one_place(house: Iterable[Source]) -> Iterator[str]:
    """A topic spelt twice is one day spelt in two ways, and what is told there is heard by nobody."""
    for source in house:
        if source.is_test or source.path in TOPIC_HOMES:
            continue
        consumers = set(_consumer_names(source.tree))
        for node in ast.walk(source.tree):
            if node in consumers:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and TOPIC.fullmatch(node.value):
                yield f"{source.at(node)}: topic `{node.value}` is spelt out"
            if isinstance(node, ast.keyword) and node.arg == "topic" and _is_text(node.value):
                yield f"{source.at(node.value)}: a topic is spelt out"


def the_environment_is_read_in_settings_only(house: Iterable[Source]) -> Iterator[str]:
    """What reads the environment in passing cannot be tested, and its setting is in no list an operator sees."""
    for source in house:
        if source.path.startswith((*ENVIRONMENT_READERS, *ENVIRONMENT_READERS_TOO)):
            continue
        for node in ast.walk(source.tree):
            match node:
                case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv" as name):
                    yield f"{source.at(node)}: os.{name}"
                case ast.ImportFrom(module="os", names=names) if {"environ", "getenv"} & {name.name for name in names}:
                    yield f"{source.at(node)}: imports from the environment"
                case _:
                    pass


def nothing_is_mocked(house: Iterable[Source]) -> Iterator[str]:
    """A mock agrees with whatever its author believed; a fake and a string-free seam break when the truth changes."""
    for source in house:
        for node in ast.walk(source.tree):
            match node:
                case ast.Import(names=names) if any(name.name in ("mock", "unittest.mock") for name in names):
                    yield f"{source.at(node)}: imports mock"
                case ast.ImportFrom(module="unittest.mock" | "mock"):
                    yield f"{source.at(node)}: imports mock"
                case ast.ImportFrom(module="unittest", names=names) if any(name.name == "mock" for name in names):
                    yield f"{source.at(node)}: imports mock"
                case ast.Call(func=ast.Attribute(value=ast.Name(id="monkeypatch"), attr="setattr"), args=[first, *_]):
                    if _is_text(first):
                        yield f"{source.at(node)}: patches by a string"
                case ast.arg(arg="mocker"):
                    yield f"{source.path}:{node.lineno}: uses mocker"
                case _:
                    pass


def no_import_is_for_types_only(house: Iterable[Source]) -> Iterator[str]:
    """An import that only the type checker sees hides a cycle, and a cycle is a design fault."""
    for source in house:
        for node in ast.walk(source.tree):
            match node:
                case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
                    yield f"{source.at(node)}: TYPE_CHECKING"
                case _:
                    pass


def nobody_catches_everything(house: Iterable[Source]) -> Iterator[str]:
    """Who catches everything catches the bug too: failure becomes silence and the deployment waits for ever."""
    for source in house:
        if source.path.startswith(CATCH_ALL_ROOMS) or source.path in CATCH_ALLS:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node.type):
                yield f"{source.at(node)}: catches everything"


def no_test_sleeps(house: Iterable[Source]) -> Iterator[str]:
    """A sleep is too short on the slow day and too long on all others; wait for what you wait for."""
    for source in house:
        if not source.is_test or source.path == WAITING:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _is_sleep(node.func) and not _is_zero(node.args[:1]):
                yield f"{source.at(node)}: sleeps"


def _consumer_names(tree: ast.Module) -> Iterator[ast.AST]:
    """The first argument of `Hears` is the name of who hears, not of what is heard."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Hears"), args=[name, *_]):
                yield from ast.walk(name)
            case _:
                pass


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _catches_all(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException") for kind in kinds)


def _is_sleep(called: ast.expr) -> bool:
    match called:
        case ast.Attribute(value=ast.Name(id="time" | "asyncio" | "anyio"), attr="sleep") | ast.Name(id="sleep"):
            return True
        case _:
            return False


def _is_zero(arguments: list[ast.expr]) -> bool:
    match arguments:
        case [ast.Constant(value=0)]:
            return True
        case _:
            return False
