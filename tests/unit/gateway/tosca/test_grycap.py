"""GRyCAP's types: ours, seen by who imports them, and the same for the field's templates as the published ones."""

import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from toscaparser.tosca_template import ToscaTemplate

from services.gateway.adapters.catalogues import OURS, load_catalogues
from services.gateway.domain.tosca import Catalogues, Mode, TemplateRefused, compile_template
from tests.unit.gateway.tosca.compiling import INDIGO, catalogues

GRYCAP = "https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml"
FILE = OURS / "grycap" / "custom_types.yaml"
CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
TEMPLATE = """tosca_definitions_version: tosca_simple_yaml_1_0
imports: [{types}]
topology_template:
  node_templates:
    vm: {{type: tosca.nodes.indigo.Compute}}
    front: {{type: tosca.nodes.indigo.LRMS.FrontEnd.Slurm, requirements: [{{host: vm}}]}}
"""


@pytest.mark.parametrize(
    "address",
    [
        GRYCAP,
        "https://raw.githubusercontent.com/grycap/tosca/refs/heads/main/custom_types.yaml",
        "https://github.com/grycap/tosca/raw/main/custom_types.yaml",
        "http://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml",
    ],
)
def test_they_are_known_by_every_address_of_theirs(address: str) -> None:
    assert catalogues().imported[address].scope is not None
    assert catalogues().imported[address].digest == catalogues().imported[GRYCAP].digest


def test_a_name_that_both_catalogues_have_is_the_one_of_the_catalogue_imported() -> None:
    name = "tosca.nodes.indigo.LRMS.FrontEnd.Slurm"
    ours, theirs = (catalogues().imported[url].scope.find("node_types", name) for url in (GRYCAP, INDIGO))
    assert ours is not None
    assert theirs is not None
    assert ours != theirs


def test_the_file_stands_alone_and_describes_nothing_in_the_words_of_others() -> None:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert "imports" not in document
    assert list(_descriptions({name: part for name, part in document.items() if name != "description"})) == []


def test_tosca_parser_loads_it_too(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.format(types=FILE), encoding="utf-8")
    assert {node.name for node in ToscaTemplate(str(path)).nodetemplates} == {"vm", "front"}


@cache
def published() -> Catalogues:
    return load_catalogues(OURS, [CORPUS / "types"])


def importing() -> list[str]:
    """The corpus's templates that import them, by file."""
    index = CORPUS / "INDEX.json"
    entries = json.loads(index.read_text(encoding="utf-8"))["templates"] if index.is_file() else []
    return [entry["file"] for entry in entries if GRYCAP in entry["imports"]]


def verdict(file: str, known: Catalogues, mode: Mode) -> object:
    text = (CORPUS / file).read_text(encoding="utf-8")
    try:
        compiled = compile_template(text, {}, known, mode=mode, need_inputs=False)
    except TemplateRefused as refused:
        return refused.problems
    return compiled.topology.model_copy(update={"catalogue": ""}), compiled.warnings


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("mode", list(Mode))
def test_templates_of_the_field_are_the_same_with_ours_as_with_the_published_ones(mode: Mode) -> None:
    files = importing()
    assert files
    assert [file for file in files if verdict(file, catalogues(), mode) != verdict(file, published(), mode)] == []


def _descriptions(part: object) -> list[str]:
    if isinstance(part, list):
        return [found for one in part for found in _descriptions(one)]
    if not isinstance(part, dict):
        return []
    own = [text for name, text in part.items() if name == "description" and isinstance(text, str)]
    return own + [found for one in part.values() for found in _descriptions(one)]
