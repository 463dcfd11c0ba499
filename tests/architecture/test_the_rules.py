"""Every rule can fail: each finds what was planted for it, and says nothing about what is right."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import pytest
from pydantic import ConfigDict

from shared.contracts.message import Message
from shared.contracts.streams import Stream
from shared.contracts.vocabulary import Value
from tests.architecture import rules_of_conduct as conduct
from tests.architecture import rules_of_language as language
from tests.architecture import rules_of_paper as paper
from tests.architecture import rules_of_shape as shape
from tests.architecture.house import ROOT, Source, sources

LONG = "def f():\n" + "    x = 1\n" * 26
CARD = '"""Says what it is."""\n'
RIGHT = (
    Source("services/__init__.py", CARD),
    Source("services/slam/__init__.py", CARD),
    Source("services/slam/app/__init__.py", CARD),
    Source("services/slam/app/refresh.py", "def f(self, a, b, c, d, e, *, g=1, h=2):\n    return a\n"),
    Source("shared/__init__.py", CARD),
    Source("shared/messaging/__init__.py", CARD + "try:\n    pass\nexcept Exception:\n    raise\n"),
    Source("shared/contracts/__init__.py", CARD),
    Source("services/slam/handlers.py", "Hears(f'deployer.{name}', ORDERS)\n"),
    Source("shared/contracts/streams.py", "TOPIC = 'federation.sites'\nStream(topic='deployments')\n"),
    Source("embedded/__init__.py", CARD + "import os\nos.environ['PATH']\n"),
    Source(
        "tests/unit/slam/test_refresh.py", LONG + "import asyncio\nasyncio.sleep(0)\nmonkeypatch.setattr(a, 'b', c)\n"
    ),
    Source("tests/support/waiting.py", "import time\ntime.sleep(0.02)\n"),
)
PLANTED: tuple[tuple[Callable[[Iterable[Source]], Iterator[str]], str, str], ...] = (
    (shape.files_are_small, "tests/unit/test_x.py", "x = 1\n" * 301),
    (shape.functions_are_short, "shared/failures.py", LONG),
    (shape.parameters_are_few, "shared/failures.py", "def f(a, b, c, d, e, g): ...\n"),
    (shape.parameters_are_few, "shared/failures.py", "def f(a, b, c, d, e, *, g): ...\n"),
    (shape.parameters_are_few, "shared/failures.py", "def f(a, *, b=1, c=1, d=1, e=1, g=1, h=1, i=1, j=1): ...\n"),
    (shape.nothing_is_called_a_drawer, "tests/support/helpers.py", ""),
    (shape.nothing_is_called_a_drawer, "cli/utils/text.py", ""),
    (shape.every_file_is_on_the_map, "services/slam/models.py", ""),
    (shape.every_file_is_on_the_map, "services/billing/main.py", ""),
    (shape.every_file_is_on_the_map, "shared/text.py", ""),
    (shape.every_package_opens_with_its_card, "cli/main.py", ""),
    (shape.every_package_opens_with_its_card, "cli/__init__.py", "x = 1\n"),
    (shape.every_package_opens_with_its_card, "cli/__init__.py", '"""' + "one\n" * 9 + '"""\n'),
    (conduct.topics_are_named_in_one_place, "services/slam/main.py", "tell('federation.agreements', x)\n"),
    (conduct.topics_are_named_in_one_place, "services/slam/main.py", "tell(f'deployer.{name}', x)\n"),
    (conduct.topics_are_named_in_one_place, "services/slam/main.py", "send(topic='deployments')\n"),
    (conduct.topics_are_named_in_one_place, "services/slam/main.py", "Hears('saga', 'federation.sites')\n"),
    (conduct.the_environment_is_read_in_settings_only, "services/slam/main.py", "import os\nos.environ['X']\n"),
    (conduct.the_environment_is_read_in_settings_only, "services/slam/main.py", "import os\nos.getenv('X')\n"),
    (conduct.the_environment_is_read_in_settings_only, "services/slam/main.py", "from os import environ\n"),
    (conduct.nothing_is_mocked, "tests/unit/test_x.py", "from unittest.mock import Mock\n"),
    (conduct.nothing_is_mocked, "tests/unit/test_x.py", "from unittest import mock\n"),
    (conduct.nothing_is_mocked, "tests/unit/test_x.py", "import unittest.mock\n"),
    (conduct.nothing_is_mocked, "tests/unit/test_x.py", "monkeypatch.setattr('a.b', 1)\n"),
    (conduct.nothing_is_mocked, "tests/unit/test_x.py", "def test_x(mocker): ...\n"),
    (
        conduct.no_import_is_for_types_only,
        "shared/failures.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING: ...\n",
    ),
    (conduct.no_import_is_for_types_only, "shared/failures.py", "import typing\nif typing.TYPE_CHECKING: ...\n"),
    (conduct.nobody_catches_everything, "cli/main.py", "try: ...\nexcept Exception: ...\n"),
    (conduct.nobody_catches_everything, "cli/main.py", "try: ...\nexcept (OSError, BaseException) as e: ...\n"),
    (conduct.nobody_catches_everything, "cli/main.py", "try: ...\nexcept: ...\n"),
    (conduct.no_test_sleeps, "tests/unit/test_x.py", "import time\ntime.sleep(0.1)\n"),
    (conduct.no_test_sleeps, "tests/unit/test_x.py", "import asyncio\nasyncio.sleep(delay)\n"),
)


def test_every_right_to_catch_everything_is_used() -> None:
    house = {source.path: source for source in sources() if source.path in conduct.CATCH_ALLS}
    assert set(house) == set(conduct.CATCH_ALLS)
    for path, source in house.items():
        planted = Source("cli/main.py", source.text)
        assert list(conduct.nobody_catches_everything([planted])), f"{path} catches nothing: strike it from the list"


@pytest.mark.parametrize(
    ("rule", "path", "text"), PLANTED, ids=[f"{rule.__name__}-{path}" for rule, path, _ in PLANTED]
)
def test_a_planted_violation_is_found(rule: Callable[[Iterable[Source]], Iterator[str]], path: str, text: str) -> None:
    assert list(rule(RIGHT)) == []
    kept = tuple(source for source in RIGHT if source.path != path)
    assert list(rule((*kept, Source(path, text)))) != []


class Chatty(Value):
    """Planted: part of a message, with a secret in it."""

    refresh_token: str


class Loose(Message):
    """Planted: breaks every rule of the language."""

    model_config = ConfigDict(frozen=False, extra="forbid")
    names: list[str]
    parts: tuple[Chatty, ...] = ()


class Good(Message):
    """Planted: keeps every rule of the language."""

    secret_inputs: tuple[str, ...] = ()
    secret: bool = False
    secrets_support: bool | None = None
    at: datetime | None = None


def test_a_message_that_breaks_the_rules_of_language_is_found() -> None:
    assert [line.split(":")[0] for line in language.no_field_holds_a_secret([Loose])] == ["Chatty.refresh_token"]
    assert len(list(language.messages_are_frozen([Loose]))) == 2
    assert len(list(language.readers_outlive_writers([Loose]))) == 1
    for rule in (language.no_field_holds_a_secret, language.messages_are_frozen, language.readers_outlive_writers):
        assert list(rule([Good])) == []


def test_a_message_without_one_place_or_an_owner_is_found() -> None:
    rule = language.every_message_has_one_place_and_an_owner
    one = Stream("a", "id", {Good: "slam"})
    assert list(rule([Good], [one])) == []
    assert list(rule([Good, Loose], [one])) == ["Loose is in 0 streams"]
    assert list(rule([Good], [one, Stream("b", "id", {Good: "slam"})])) == ["Good is in 2 streams"]
    assert list(rule([Good], [Stream("a", "id", {Good: "nobody"})])) == ["Good: `nobody` is no service"]


def test_leaves_are_the_messages_that_nothing_derives_from() -> None:
    assert language.leaves(Message, __name__) == (Loose, Good)


def test_a_paper_that_breaks_a_rule_is_found() -> None:
    registry = paper.REGISTRIES[0]
    assert list(paper.no_file_names_a_registry({"a.md": f"see {registry}", "b.md": "see there"})) == [
        f"a.md: names {registry}"
    ]
    assert list(paper.no_file_names_a_registry({"a.lock": "--index-url https://mirror/", "b.lock": "a==1"})) != []
    assert len(list(paper.no_file_names_this_machine({"a": "in /" + "home/me", "b": "GET /deployments/x/home/y"}))) == 1
    whole = "\n".join(("# 1", *paper.DECISION_PARTS))
    assert list(paper.every_decision_is_told_whole({"0001-a.md": whole})) == []
    assert len(list(paper.every_decision_is_told_whole({"0002-a.md": "# 2\n## Context\n" + "x\n" * 50}))) == 4
    assert list(paper.the_changelog_tells_of_contracts("# Changelog\n")) != []
    claims, tests = "held by `tests/a.py::test_x` `tests/a.py::test_y`", {"tests/a.py": "def test_x() -> None:"}
    assert len(list(paper.every_named_test_is_there(claims, tests))) == 1
    assert list(paper.every_target_is_there("setup:\n\ttrue\n", ["setup", "demo"])) == [
        "Makefile: has no target `demo`"
    ]


@pytest.mark.parametrize(
    ("path", "line", "refused"),
    [
        ("services/ranker/domain/rank.py", "import datetime\n\nNOW = datetime.datetime.now(tz=datetime.UTC)", True),
        ("services/gateway/domain/tosca/parse.py", "import uuid\n\nID = uuid.uuid4()", True),
        ("shared/contracts/message.py", "import time\n\nT = time.time()", True),
        ("services/ranker/domain/rank.py", "from typing import Any\n\nX: Any = 1", True),
        ("services/ranker/app/rank.py", "import uuid\n\nID = uuid.uuid4()", False),
    ],
)
def test_clock_chance_and_open_types_are_refused_where_purity_is_promised(
    path: str, line: str, *, refused: bool
) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename", path, "-"]
    told = subprocess.run(command, cwd=ROOT, input=line, capture_output=True, text=True, check=False)
    assert ("TID251" in told.stdout) is refused, told.stdout + told.stderr
