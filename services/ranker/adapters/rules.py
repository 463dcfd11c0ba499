"""Rules in YAML: `rules: [...]` in each file of a folder. A rule is told by the name of its file and its own."""

import asyncio
from pathlib import Path

from pydantic import ConfigDict, field_validator

from services.ranker.domain.rules.rule import Rule, Rules
from services.ranker.ports import Ruled
from shared.contracts.vocabulary import Value
from shared.runtime.yaml_files.folder import YamlFolder
from shared.runtime.yaml_files.reading import read_yaml


class RuleFile(Value):
    """One file: rules in the order in which they have their say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...]

    @field_validator("rules")
    @classmethod
    def _have_names_of_their_own(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        names = [rule.name for rule in rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules are called {twice[0]!r}")
        return rules


class RulesFolder:
    """`ports.RulesSource` on a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = YamlFolder(folder, RuleFile)

    async def read(self) -> Ruled:
        reading = await asyncio.to_thread(self._folder.read)
        return Ruled(reading.facts(str, _named), problems=reading.problems, there=reading.there)


def read_rules(file: Path) -> Rules:
    """The rules of one file. Raises `Misread` with the line of every problem, and `OSError`."""
    return _named(file.stem, read_yaml(file, RuleFile, name=str(file)))


def _named(name: str, file: RuleFile) -> Rules:
    return tuple(rule.model_copy(update={"name": f"{name}/{rule.name}"}) for rule in file.rules)
