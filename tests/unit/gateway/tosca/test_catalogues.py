"""Catalogues: scoped by the address they are imported from, never fetched, faults of an operator's folder named."""

import json
from pathlib import Path

import pytest
import yaml

from services.gateway.adapters.catalogues import OURS, companions, load_catalogues
from services.gateway.domain.tosca import Catalogues, TemplateRefused, compile_template
from shared.failures import NeedsPerson
from tests.unit.gateway.tosca.compiling import INDIGO, catalogues

GRYCAP = "https://raw.githubusercontent.com/grycap/tosca/main/custom_types.yaml"

HEAD = "tosca_definitions_version: tosca_simple_yaml_1_3\n"
TYPE = HEAD + "node_types: {my.T: {derived_from: tosca.nodes.Root, properties: {size: {type: integer, default: 1}}}}\n"


def kind_of(template: str, known: Catalogues) -> str:
    return compile_template(template, {}, known).topology.nodes[0].type


def test_our_catalogue_has_no_defect() -> None:
    assert [problem for catalogue in catalogues().imported.values() for problem in catalogue.defects] == []
    assert catalogues().normative.defects == ()


@pytest.mark.parametrize(
    "name",
    ["tosca.nodes.indigo.S3Bucket", "tosca.nodes.indigo.iam.client", "tosca.nodes.indigo.Compute"],
)
def test_the_types_that_only_code_knew_are_in_it_too(name: str) -> None:
    assert catalogues().imported[INDIGO].scope.find("node_types", name) is not None


@pytest.mark.parametrize(
    "imports",
    [
        "[{file}]",
        "[{{types: {file}}}]",
        "[{{types: {{file: {file}}}}}]",
        "[{{file: {file}}}]",
        "[{{url: {file}}}]",
        "[{{file: {file}, namespace_prefix: p}}]",
    ],
)
def test_imports_are_taken_in_every_form(imports: str) -> None:
    known = catalogues().with_companions({"t.yaml": TYPE})
    name = "'p:my.T'" if "prefix" in imports else "my.T"
    nodes = f"topology_template: {{node_templates: {{n: {{type: {name}}}}}}}\n"
    template = f"{HEAD}imports: {imports.format(file='t.yaml')}\n{nodes}"
    assert kind_of(template, known) == "my.T"


def test_an_import_may_stand_in_a_repository() -> None:
    known = catalogues().with_companions({"https://example.org/r/t.yaml": TYPE})
    template = f"""{HEAD}
repositories: {{r: {{url: 'https://example.org/r/'}}}}
imports: [{{t: {{file: t.yaml, repository: r}}}}]
topology_template: {{node_templates: {{n: {{type: my.T}}}}}}
"""
    assert kind_of(template, known) == "my.T"


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "file:///etc/passwd", "../../x.yaml", "http://127.0.0.1:9/meta", "ftp://x/y"]
)
def test_what_is_not_in_the_map_is_neither_opened_nor_fetched(name: str) -> None:
    template = (
        f"{HEAD}imports:\n  - {name}\ntopology_template: {{node_templates: {{n: {{type: tosca.nodes.Compute}}}}}}\n"
    )
    with pytest.raises(TemplateRefused) as caught:
        compile_template(template, {}, catalogues())
    problem = caught.value.problems[0]
    assert (problem.code, problem.line) == ("unknown-import", 3)
    assert INDIGO in problem.message


def test_types_are_seen_only_by_those_who_import_them() -> None:
    template = f"{HEAD}topology_template: {{node_templates: {{n: {{type: tosca.nodes.indigo.Compute}}}}}}\n"
    with pytest.raises(TemplateRefused):
        compile_template(template, {}, catalogues())


def test_files_that_import_each_other_are_one_family() -> None:
    known = catalogues().with_companions(
        {
            "lib/a.yaml": f"{HEAD}imports: [b.yaml]\nnode_types: {{my.A: {{derived_from: my.B}}}}\n",
            "lib/b.yaml": f"{HEAD}imports: [a.yaml]\nnode_types: {{my.B: {{}}, my.C: {{derived_from: my.A}}}}\n",
        }
    )
    template = f"{HEAD}imports: [lib/a.yaml]\ntopology_template: {{node_templates: {{n: {{type: my.C}}}}}}\n"
    assert compile_template(template, {}, known).topology.nodes[0].ancestors == ("my.A", "my.B")


@pytest.mark.parametrize("name", ["Compute", "tosca:Compute", "tosca.nodes.Compute"])
def test_normative_types_have_short_names(name: str) -> None:
    template = f"{HEAD}topology_template: {{node_templates: {{n: {{type: '{name}'}}}}}}\n"
    assert kind_of(template, catalogues()) == "tosca.nodes.Compute"


def test_a_fragment_is_merged_over_the_parent_that_is_known() -> None:
    parent = (
        HEAD + "topology_template: {inputs: {n: {type: integer, default: 1}}, node_templates: {vm: {type: Compute}}}\n"
    )
    child = f"""{HEAD}
metadata: {{parents: [other.yaml, base.yaml]}}
topology_template:
  inputs: {{n: {{default: 3}}}}
  node_templates:
    app: {{type: tosca.nodes.SoftwareComponent, requirements: [{{host: vm}}]}}
"""
    with pytest.raises(TemplateRefused):
        compile_template(child, {}, catalogues())
    topology = compile_template(child, {}, load_catalogues(parents={"base.yaml": parent})).topology
    assert [node.name for node in topology.nodes] == ["vm", "app"]
    assert topology.inputs == {"n": 3}


BASE = f"""{HEAD}
topology_template:
  inputs: {{n: {{type: integer, default: 1}}}}
  node_templates: {{vm: {{type: Compute, capabilities: {{host: {{properties: {{num_cpus: {{get_input: n}}}}}}}}}}}}
"""


def test_an_overlay_gives_its_template_new_values() -> None:
    overlay = f"{HEAD}imports: [{{template_file: base.yaml}}]\ntopology_template: {{inputs: {{n: 16}}}}\n"
    node = compile_template(overlay, {}, catalogues().with_parents({"base.yaml": BASE})).topology.nodes[0]
    assert node.capabilities["host"]["num_cpus"] == 16


def test_a_link_stub_is_the_templates_it_names() -> None:
    child = f"{HEAD}topology_template: {{node_templates: {{more: {{type: Compute}}}}}}\n"
    stub = f"{HEAD}metadata: {{link: {{parent: base.yaml, childs: [child.yaml]}}}}\ntopology_template: {{}}\n"
    known = catalogues().with_parents({"base.yaml": BASE, "child.yaml": child})
    assert [node.name for node in compile_template(stub, {}, known).topology.nodes] == ["vm", "more"]


def test_a_folder_with_a_map_is_a_catalogue(tmp_path: Path) -> None:
    (tmp_path / "types.yaml").write_text(TYPE)
    (tmp_path / "IMPORTS.json").write_text(json.dumps({"https://example.org/t.yaml": "types.yaml"}))
    known = load_catalogues(OURS, [tmp_path])
    assert {INDIGO, "https://example.org/t.yaml"} <= known.imported.keys()
    (tmp_path / "types.yaml").write_text(TYPE.replace("default: 1", "default: 2"))
    again = load_catalogues(OURS, [tmp_path])
    assert again.imported["https://example.org/t.yaml"].digest != known.imported["https://example.org/t.yaml"].digest


@pytest.mark.parametrize("imports", ["{", "[]", '{"u": "missing.yaml"}', '{"u": "../outside.yaml"}'])
def test_a_broken_folder_is_named_to_its_operator(tmp_path: Path, imports: str) -> None:
    (tmp_path / "IMPORTS.json").write_text(imports)
    with pytest.raises(NeedsPerson, match=str(tmp_path)):
        load_catalogues(tmp_path)


def test_the_files_beside_a_template_are_found_by_the_names_it_uses(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "t.yaml").write_text(TYPE)
    template = tmp_path / "service.yaml"
    template.write_text("x: 1")
    assert companions(template) == {"lib/t.yaml": TYPE}


def test_the_catalogue_is_one_file_that_stands_alone() -> None:
    document = yaml.safe_load((OURS / "indigo" / "custom_types.yaml").read_text(encoding="utf-8"))
    assert "imports" not in document
    assert document["tosca_definitions_version"] == "tosca_simple_yaml_1_0"


@pytest.mark.parametrize(
    "address",
    [
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/v4.0.0/custom_types.yaml",
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/refs/tags/v5.1.0/custom_types.yaml",
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/40fa4d6023fd2c4492a9a784a29c83ba759ce8a6/custom_types.yaml",
        "https://github.com/indigo-dc/tosca-types/blob/devel/custom_types.yaml",
        "https://raw.githubusercontent.com/grycap/ec3/tosca/tosca/custom_types.yaml",
        "https://raw.githubusercontent.com/grycap/tosca/refs/heads/eosc_beyond/custom_types.yaml",
    ],
)
def test_other_branches_and_tags_are_read_as_the_types_that_are_kept(address: str) -> None:
    nodes = "topology_template: {node_templates: {vm: {type: tosca.nodes.indigo.Compute}}}\n"
    text = f"{HEAD}imports: [{address}]\n{nodes}"
    done = compile_template(text, {}, catalogues())
    assert [warning.code for warning in done.warnings] == ["import-mapped"]
    assert (
        done.topology.catalogue
        == compile_template(
            text.replace(address, INDIGO if "indigo-dc" in address else GRYCAP), {}, catalogues()
        ).topology.catalogue
    )


@pytest.mark.parametrize(
    "address",
    [
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/a/b/c/custom_types.yaml",
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/../custom_types.yaml",
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/*x/custom_types.yaml",
        "https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml?x",
        "https://raw.githubusercontent.com.evil.org/indigo-dc/tosca-types/devel/custom_types.yaml",
        "https://raw_githubusercontent_com/indigo-dc/tosca-types/devel/custom_types.yaml",
    ],
)
def test_an_address_that_no_pattern_means_stays_unknown(address: str) -> None:
    with pytest.raises(TemplateRefused) as caught:
        compile_template(f"{HEAD}imports: ['{address}']\ntopology_template: {{}}\n", {}, catalogues())
    assert "tosca-types/*/custom_types.yaml" in caught.value.problems[0].message


def test_an_address_of_its_own_goes_before_a_pattern(tmp_path: Path) -> None:
    address = "https://raw.githubusercontent.com/indigo-dc/tosca-types/devel/custom_types.yaml"
    (tmp_path / "types.yaml").write_text(TYPE)
    (tmp_path / "IMPORTS.json").write_text(json.dumps({address: "types.yaml"}))
    known = load_catalogues(OURS, [tmp_path])
    found = known.find(address)
    assert found is not None
    assert found.url == address
