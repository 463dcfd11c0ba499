"""The rules, kept. What each one is for stands in its docstring; that each can fail is shown in `test_the_rules`."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator

import pytest

import shared.contracts
from services.deployer.domain import commands
from shared.contracts.message import Message
from shared.contracts.streams import STREAMS
from tests.architecture import rules_of_conduct as conduct
from tests.architecture import rules_of_language as language
from tests.architecture import rules_of_paper as paper
from tests.architecture import rules_of_shape as shape
from tests.architecture.house import ROOT, Source, committed_files, sources

HOUSE = sources()
CODE_RULES: tuple[Callable[[Iterable[Source]], Iterator[str]], ...] = (
    shape.files_are_small,
    shape.functions_are_short,
    shape.parameters_are_few,
    shape.nothing_is_called_a_drawer,
    shape.every_file_is_on_the_map,
    shape.every_package_opens_with_its_card,
    conduct.topics_are_named_in_one_place,
    conduct.the_environment_is_read_in_settings_only,
    conduct.nothing_is_mocked,
    conduct.no_import_is_for_types_only,
    conduct.nobody_catches_everything,
    conduct.no_test_sleeps,
)
MESSAGE_RULES = (language.no_field_holds_a_secret, language.messages_are_frozen, language.readers_outlive_writers)


def _messages() -> tuple[type[Message], ...]:
    for module in pkgutil.iter_modules(shared.contracts.__path__, "shared.contracts."):
        importlib.import_module(module.name)
    return language.leaves(Message, "shared.contracts")


def _texts() -> dict[str, str]:
    texts = {}
    for name in committed_files():
        try:
            texts[name] = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
    return texts


def test_the_house_is_not_empty() -> None:
    assert len(HOUSE) > 20
    assert {source.parts[0] for source in HOUSE} >= {"services", "shared", "tests"}


@pytest.mark.parametrize("rule", CODE_RULES, ids=lambda rule: rule.__name__)
def test_code(rule: Callable[[Iterable[Source]], Iterator[str]]) -> None:
    _expect_none(rule, rule(HOUSE))


@pytest.mark.parametrize("rule", MESSAGE_RULES, ids=lambda rule: rule.__name__)
def test_messages(rule: Callable[[Iterable[type[Message]]], Iterator[str]]) -> None:
    private = language.leaves(Message, "services.deployer.domain.commands")
    assert commands.DeadlinePassed in private
    _expect_none(rule, rule((*_messages(), *private)))


def test_every_message_has_one_place_and_an_owner() -> None:
    rule = language.every_message_has_one_place_and_an_owner
    _expect_none(rule, rule(_messages(), STREAMS))


@pytest.mark.parametrize("rule", [paper.no_file_names_a_registry, paper.no_file_names_this_machine])
def test_committed_files(rule: Callable[[dict[str, str]], Iterator[str]]) -> None:
    _expect_none(rule, rule(_texts()))


def test_decisions() -> None:
    decisions = {file.name: file.read_text() for file in (ROOT / "docs" / "adr").glob("*.md")}
    assert decisions
    _expect_none(paper.every_decision_is_told_whole, paper.every_decision_is_told_whole(decisions))


def test_the_changelog() -> None:
    rule = paper.the_changelog_tells_of_contracts
    _expect_none(rule, rule((ROOT / "CHANGELOG.md").read_text()))


def test_every_security_claim_is_held_by_a_test() -> None:
    rule, claims = paper.every_named_test_is_there, (ROOT / "docs" / "security.md").read_text()
    assert len(paper.NAMED_TEST.findall(claims)) > 30
    _expect_none(rule, rule(claims, _texts()))


def test_the_makefile() -> None:
    _expect_none(paper.every_target_is_there, paper.every_target_is_there((ROOT / "Makefile").read_text()))


def test_ci_runs_the_same_tests_as_people() -> None:
    script = ROOT / ".ci" / "run"
    assert "make test" in script.read_text()
    assert script.stat().st_mode & 0o111


def _expect_none(rule: Callable[..., Iterator[str]], found: Iterator[str]) -> None:
    broken = list(found)
    assert not broken, "\n".join([rule.__doc__ or rule.__name__, *broken])
