"""The compiler against what the field writes: real templates, one-feature cases and attacks (where they are here)."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from services.gateway.adapters.catalogues import OURS, companions, load_catalogues
from services.gateway.domain.tosca import Catalogues, Mode, Problem, TemplateRefused, compile_template
from shared.contracts.topology import Json

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
OTHER_BY_CHOICE: Mapping[str, str] = {
    "templates/made/gpu_container_and_job_chain.yaml": (
        "a service and a job are two kinds of backend, and one template is one kind: it names both nodes and is split"
    ),
}
"""Templates on which our verdict is not the corpus', each with the reason."""

FEATURES_BY_CHOICE: Mapping[tuple[str, Mode], str] = {
    ("version tosca_2_0", Mode.LENIENT): "a reader of 1.x refuses 2.0 by name, which is what the case is listed for",
    ("version tosca_2_0", Mode.STRICT): "a reader of 1.x refuses 2.0 by name, which is what the case is listed for",
    (
        "list of string given integers",
        Mode.LENIENT,
    ): "as in the deployed services a number becomes text, with a warning",
    ("map of string given integers", Mode.LENIENT): "as in the deployed services a number becomes text, with a warning",
}
"""Debatable one-feature cases on which our verdict is not the corpus', each with the reason."""

OTHER = {"valid": "invalid", "invalid": "valid"}
CODES = {
    # Our words for what the corpus calls otherwise; what is not here has the same name.
    "inherited-host-unset": "requirement-unset",
    "inherited-host-unset-other-HostedOn": "requirement-unset",
    "import-unresolved": "unknown-import",
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@cache
def catalogues() -> Catalogues:
    return load_catalogues(OURS, [CORPUS / "types"])


@cache
def listed(name: str, key: str) -> tuple[dict[str, Json], ...]:
    path = CORPUS / name
    return tuple(json.loads(path.read_text(encoding="utf-8"))[key]) if path.is_file() else ()


def problems(text: str, known: Catalogues, mode: Mode, inputs: Mapping[str, Json] | None = None) -> tuple[Problem, ...]:
    try:
        compile_template(text, inputs or {}, known, mode=mode, need_inputs=inputs is not None)
    except TemplateRefused as refused:
        return refused.problems
    return ()


def known_to(entry: dict[str, Json]) -> Catalogues:
    """The catalogues, with a template's own files where its imports name them."""
    own = any("://" not in name for name in entry["imports"])
    return catalogues().with_companions(companions(CORPUS / entry["file"])) if own else catalogues()


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("entry", listed("INDEX.json", "templates"), ids=lambda entry: entry["file"])
def test_a_real_template_is_judged_as_the_field_judges_it(entry: dict[str, Json], mode: Mode) -> None:
    text = (CORPUS / entry["file"]).read_text(encoding="utf-8")
    found = problems(text, known_to(entry), mode)
    due = entry["expected"][mode.value]
    due = OTHER[due] if entry["file"] in OTHER_BY_CHOICE else due
    assert ("invalid" if found else "valid") == due, [str(problem) for problem in found]


def merges() -> list[tuple[dict[str, Json], str]]:
    entries = listed("INDEX.json", "templates")
    return [(entry, merge) for entry in entries for merge in entry["expected"].get("merged") or {}]


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("entry", "merge"), merges(), ids=lambda value: value if isinstance(value, str) else value["file"]
)
def test_a_fragment_is_judged_with_each_of_its_parents(entry: dict[str, Json], merge: str, mode: Mode) -> None:
    branch = "@branch" if "@branch" in entry["file"] else ""
    names = merge.partition(":")[2].split("+")
    folders = [CORPUS / "support" / f"grycap-tosca{end}" / "templates" for end in (branch, "")]
    parents = {name: path.read_text(encoding="utf-8") for name in names for path in _found(folders, name)}
    known = _with_parents(tuple(sorted(parents.items())))
    found = problems((CORPUS / entry["file"]).read_text(encoding="utf-8"), known, mode)
    due = entry["expected"]["merged"][merge][mode.value]
    assert ("invalid" if found else "valid") == due, [str(problem) for problem in found]


@cache
def _with_parents(parents: tuple[tuple[str, str], ...]) -> Catalogues:
    return catalogues().with_parents(dict(parents))


def _found(folders: list[Path], name: str) -> list[Path]:
    return [folder / name for folder in folders if (folder / name).is_file()][:1]


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("case", listed("conformance.json", "cases"), ids=lambda case: case["name"])
def test_one_feature_of_the_language(case: dict[str, Json], mode: Mode) -> None:
    files = json.loads((CORPUS / "conformance.json").read_text(encoding="utf-8"))["companion_files"]
    found = problems(case["template"], catalogues().with_companions(files), mode, case["inputs"])
    due = OTHER[case["expected"]] if (case["name"], mode) in FEATURES_BY_CHOICE else case["expected"]
    assert ("invalid" if found else "valid") == due, [str(problem) for problem in found]


def test_a_choice_of_ours_is_about_something_that_is_there_and_debatable() -> None:
    files = {entry["file"] for entry in listed("INDEX.json", "templates")}
    debatable = {case["name"] for case in listed("conformance.json", "cases") if case["debatable"]}
    assert OTHER_BY_CHOICE.keys() <= files
    assert {name for name, _ in FEATURES_BY_CHOICE} <= debatable


@pytest.mark.parametrize("case", listed("hostile/INDEX.json", "cases"), ids=lambda case: case["file"])
def test_an_attack_is_refused_with_its_line(case: dict[str, Json]) -> None:
    found = problems((CORPUS / case["file"]).read_text(encoding="utf-8"), catalogues(), Mode.LENIENT)
    assert found
    assert all(problem.line > 0 and problem.message for problem in found)
    if "names the cycle" in case["wanted"]:
        assert any(problem.code.endswith("cycle") for problem in found)


@pytest.mark.parametrize("entry", listed("INDEX.json", "templates"), ids=lambda entry: entry["file"])
def test_what_is_wrong_is_called_by_its_name(entry: dict[str, Json]) -> None:
    """Each reason the corpus gives is among ours (they stop at 50, and a file that is no map is refused at once)."""
    reasons = {CODES.get(code, code) for code in (reason.split(" at ")[0] for reason in entry["expected"]["reasons"])}
    found = problems((CORPUS / entry["file"]).read_text(encoding="utf-8"), known_to(entry), Mode.STRICT)
    if "missing-type" in reasons or any("TOSCA 2.0" in reason for reason in reasons):
        return
    assert reasons <= {problem.code for problem in found}, [str(problem) for problem in found]
