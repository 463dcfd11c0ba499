"""tosca-parser 2.15 as the second opinion: wherever its verdict is not ours, a rule says why."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from services.gateway.adapters.catalogues import OURS, companions, load_catalogues
from services.gateway.domain.tosca import Catalogues, Mode, TemplateRefused, compile_template
from shared.contracts.topology import Json

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

THEIRS: Mapping[str, tuple[str, str]] = {
    "inherited-host": (
        r'Relationship "host" in template ".*" has a wrong number of occurrences',
        "it counts a `host` that the type only inherits and nobody states; the field places such nodes otherwise",
    ),
    "integer-for-float": (r'"\d+" is not a float', "it refuses 1 where a float is due; every integer is a float"),
    "host-capability-attribute": (
        r"get_attribute: \[ HOST, \.\.\. \]",
        "its HOST sees attributes of the node only, not those of its capabilities",
    ),
    "required-left-out": (
        r'is missing required field "\[\'environment\'\]"',
        "the deployed service runs jobs without the map `environment`; lenient takes it for empty",
    ),
    "crash": (r"^(?:AttributeError|RecursionError|TypeError|KeyError)\b", "it ends in an exception of Python's"),
}
"""Where we accept and it does not: a pattern of its words, and why ours is right."""

OURS_ONLY: Mapping[str, str] = {
    "unknown-input": "it never looks into the properties of policies, where these inputs are named",
    "missing-required-property": "the same: a policy's property whose input does not exist has no value",
    "duplicate-key": "its YAML loader keeps the last of two equal keys and forgets the first",
    "scalar-for-string": "it skips the check of a default that is false; by the letter it is no string",
    "target-lacks-capability": "it never asks whether a requirement's target has the capability that is asked for",
    "unknown-type": "it never looks up the type of a relationship, an artifact or an entry of a list",
}
"""Where it accepts and we do not: the code of our problem, and why ours is right."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@dataclass(frozen=True)
class Difference:
    """A verdict of theirs that is not ours, and what the two say."""

    what: str
    accepted_here: bool
    said: tuple[str, ...]

    def rules(self) -> tuple[str | None, ...]:
        """The rule for each thing said; None where there is none."""
        if self.accepted_here:
            patterns = [(rule, pattern) for rule, (pattern, _) in THEIRS.items()]
            return tuple(
                next((rule for rule, pattern in patterns if re.search(pattern, words)), None) for words in self.said
            )
        return tuple(code if code in OURS_ONLY else None for code in self.said)


@cache
def differences() -> tuple[Difference, ...]:
    return tuple(found for case in _cases() for mode in Mode for found in _difference(*case, mode))


def test_every_difference_has_a_rule() -> None:
    assert [difference for difference in differences() if None in difference.rules()] == []


def test_every_rule_has_a_difference() -> None:
    used = {rule for difference in differences() for rule in difference.rules()}
    assert used == THEIRS.keys() | OURS_ONLY.keys()


def _cases() -> Iterator[tuple[str, str, Catalogues, dict[str, Json]]]:
    """Name, text, catalogues and the recorded answer: each template alone, and fragments with their parents."""
    entries = json.loads((CORPUS / "INDEX.json").read_text(encoding="utf-8"))["templates"]
    for entry in entries:
        path = CORPUS / entry["file"]
        text = path.read_text(encoding="utf-8")
        own = any("://" not in name for name in entry["imports"])
        known = _catalogues().with_companions(companions(path)) if own else _catalogues()
        yield entry["file"], text, known, entry["tosca_parser_2_15"]
        for merge, due in (entry["expected"].get("merged") or {}).items():
            if "tosca_parser_2_15" in due:
                parents = _parents(merge, "@branch" if "@branch" in entry["file"] else "")
                yield f"{entry['file']} {merge}", text, known.with_parents(parents), due["tosca_parser_2_15"]


@cache
def _catalogues() -> Catalogues:
    return load_catalogues(OURS, [CORPUS / "types"])


def _parents(merge: str, branch: str) -> dict[str, str]:
    folders = [CORPUS / "support" / f"grycap-tosca{end}" / "templates" for end in (branch, "")]
    files = ((name, folder / name) for name in merge.partition(":")[2].split("+") for folder in reversed(folders))
    return {name: file.read_text(encoding="utf-8") for name, file in files if file.is_file()}


def _difference(what: str, text: str, known: Catalogues, theirs: dict[str, Json], mode: Mode) -> Iterator[Difference]:
    codes = _codes(text, known, mode)
    if (theirs["result"] == "accepted") != (not codes):
        said = codes or tuple(theirs.get("errors") or [theirs["error"]])
        yield Difference(f"{mode} {what}", not codes, said)


def _codes(text: str, known: Catalogues, mode: Mode) -> tuple[str, ...]:
    try:
        compile_template(text, {}, known, mode=mode, need_inputs=False)
    except TemplateRefused as refused:
        return tuple(sorted({problem.code for problem in refused.problems}))
    return ()
