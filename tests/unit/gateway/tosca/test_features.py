"""The language, one feature at a time: both verdicts on each of the small templates of `features.yaml`."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from services.gateway.domain.tosca import Catalogues, Mode, Problem, TemplateRefused, compile_template
from shared.contracts.topology import Json
from tests.unit.gateway.tosca.compiling import catalogues

FEATURES = yaml.load(Path(__file__).with_name("features.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
FIRST = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
T = FIRST + "node_types: {my.T: {derived_from: tosca.nodes.Root}}\n"
BESIDE = {
    "t.yaml": T,
    "u.yaml": FIRST + "imports: [v.yaml]\nnode_types: {my.U: {derived_from: my.V}}\n",
    "v.yaml": FIRST + "imports: [{file: u.yaml}]\nnode_types: {my.V: {derived_from: tosca.nodes.Root}}\n",
    "lib/w.yaml": FIRST + "imports: [x.yaml]\nnode_types: {my.W: {derived_from: my.X}}\n",
    "lib/x.yaml": FIRST + "node_types: {my.X: {derived_from: tosca.nodes.Root}}\n",
}
"""What the templates import: some by others, two of them in a circle."""


@cache
def known() -> Catalogues:
    return catalogues().with_companions(BESIDE)


def text_of(case: dict[str, Json]) -> str:
    types = FEATURES["all_types"] if case.get("with_types") else ""
    return str(FIRST + types + case["of_1_3"] if "of_1_3" in case else case["template"])


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("case", FEATURES["cases"], ids=lambda case: case["name"])
def test_a_feature_is_judged_by_the_letter_and_as_the_field_does(case: dict[str, Json], mode: Mode) -> None:
    due = case.get("field", case["letter"]) if mode is Mode.LENIENT else case["letter"]
    found = problems_of(text_of(case), case.get("inputs"), mode)
    assert ("invalid" if found else "valid") == due, [str(problem) for problem in found]
    assert all(problem.message and problem.line for problem in found)


def problems_of(text: str, inputs: dict[str, Json] | None, mode: Mode) -> tuple[Problem, ...]:
    try:
        compile_template(text, inputs or {}, known(), mode=mode, need_inputs=inputs is not None)
    except TemplateRefused as refused:
        return refused.problems
    return ()
