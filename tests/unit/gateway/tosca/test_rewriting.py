"""The text that travels: the author's document with inputs filled in and secrets left out."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.tosca import compile_template
from services.gateway.domain.tosca.emit import as_yaml
from services.gateway.domain.tosca.reader import read
from shared.contracts.topology import Json
from tests.unit.gateway.tosca.compiling import catalogues, compiled

BODY = """
  inputs:
    cpus: {type: integer, default: 1, description: how many}
    token: {type: string, default: published}
    colour: {type: string, default: blue}
  node_templates:
    vm:
      type: tosca.nodes.indigo.Compute
      metadata: {layout: {x: 1, y: 2}}
      properties: {tags: {colour: {get_input: colour}, both: {concat: [{get_input: colour}, {get_input: token}]}}}
      capabilities:
        host: {properties: {num_cpus: {get_input: cpus}}}
        os: {properties: {version: 14.10}}
  outputs: {ip: {value: {get_attribute: [vm, public_address, 0]}}}
"""


def test_inputs_are_filled_in_where_they_are_used() -> None:
    vm = yaml.safe_load(compiled(BODY, {"cpus": "8"}).template)["topology_template"]["node_templates"]["vm"]
    assert vm["capabilities"]["host"]["properties"] == {"num_cpus": 8}
    assert vm["properties"]["tags"] == {"colour": "blue", "both": {"concat": ["blue", {"get_input": "token"}]}}


def test_order_and_unknown_keys_survive() -> None:
    template = compiled(BODY).template
    document = yaml.safe_load(template)
    assert list(document) == ["tosca_definitions_version", "imports", "topology_template"]
    assert list(document["topology_template"]["node_templates"]["vm"]) == [
        "type",
        "metadata",
        "properties",
        "capabilities",
    ]
    assert document["topology_template"]["node_templates"]["vm"]["metadata"] == {"layout": {"x": 1, "y": 2}}
    assert "version: 14.10" in template


def test_definitions_of_inputs_carry_the_values_and_secret_ones_carry_none() -> None:
    inputs = yaml.safe_load(compiled(BODY, {"cpus": 8}).template)["topology_template"]["inputs"]
    assert inputs["cpus"] == {"type": "integer", "default": 8, "description": "how many"}
    assert inputs["token"] == {"type": "string"}


def test_a_filled_value_has_the_type_that_is_due_in_its_place() -> None:
    done = compiled("""
  inputs: {cpus: {type: integer, default: 1}, count: {type: integer, default: 5}}
  node_templates:
    d:
      type: tosca.nodes.indigo.Container.Runtime.Docker
      capabilities: {host: {properties: {num_cpus: {get_input: cpus}}}}
    vm: {type: tosca.nodes.indigo.Compute, properties: {instance_name: {get_input: count}}}
""")
    nodes = yaml.safe_load(done.template)["topology_template"]["node_templates"]
    assert repr(nodes["d"]["capabilities"]["host"]["properties"]["num_cpus"]) == "1.0"
    assert nodes["vm"]["properties"]["instance_name"] == "5"


def test_the_filled_template_compiles_to_the_same_nodes() -> None:
    done = compiled(BODY, {"cpus": 8, "token": "t"})
    again = compile_template(done.template, done.secret_values, catalogues())
    assert again.topology.nodes == done.topology.nodes
    assert again.template == done.template


TEXT = st.text(alphabet=st.sampled_from("ab :#-?!&*'\"%@`|>[]{},\n\t\\0~1.=é\x85\u2028😀yes\x07\ufeff <"), max_size=12)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_whatever_is_written_reads_back_the_same_here_and_elsewhere(root: dict[str, Json]) -> None:
    text = as_yaml(root)
    assert read(text).root == root
    assert yaml.safe_load(text) == root
