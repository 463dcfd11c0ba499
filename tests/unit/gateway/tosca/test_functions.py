"""Functions: worked out where they can be, left as expressions where only the running system knows."""

import pytest

from services.gateway.domain.tosca import evaluate
from shared.contracts.topology import Json, Path
from tests.unit.gateway.tosca.compiling import compiled, refused

TYPES = """
node_types:
  my.Note:
    derived_from: tosca.nodes.Root
    properties:
      text: {type: string, required: false}
      more: {type: string, required: false, default: fallback}
      words: {type: list, required: false, entry_schema: {type: string}}
      table: {type: map, required: false, entry_schema: {type: string}}
    attributes:
      said: {type: string}
      lines: {type: list, entry_schema: {type: string}}
topology_template:
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{get_input: x}", "q"),
        ("{get_input: [x]}", "q"),
        ("{get_input: [m, k]}", "v"),
        ("{concat: [a, {get_input: x}, 1, true]}", "aq1true"),
        ("{concat: [{concat: [a, b]}, {get_input: [m, k]}]}", "abv"),
        ("{join: [[a, {get_input: x}], '-']}", "a-q"),
        ("{token: [{concat: ['a.b', '.c']}, '.', 1]}", "b"),
        ("{token: [a.b-c, '.-', 2]}", "c"),
        ("{get_property: [SELF, more]}", "fallback"),
        ("{get_property: [other, words, 1]}", "w1"),
        ("{get_property: [other, table, k]}", "q"),
        ("{get_property: [other, text]}", "deep q"),
    ],
)
def test_what_is_known_is_worked_out(expression: str, value: str) -> None:
    body = f"""{TYPES}
  inputs: {{x: {{type: string, default: q}}, m: {{type: map, entry_schema: {{type: string}}, default: {{k: v}}}}}}
  node_templates:
    note: {{type: my.Note, properties: {{text: {expression}}}}}
    other:
      type: my.Note
      properties: {{text: {{concat: ['deep ', {{get_input: x}}]}}, words: [w0, w1], table: {{k: {{get_input: x}}}}}}
"""
    assert compiled(body).topology.nodes[0].properties["text"] == value


def test_functions_are_found_in_lists_and_maps() -> None:
    body = f"""{TYPES}
  inputs: {{x: {{type: string, default: q}}}}
  node_templates:
    note:
      type: my.Note
      properties: {{words: [{{get_input: x}}, b], table: {{k: {{concat: [{{get_input: x}}, z]}}}}}}
"""
    node = compiled(body).topology.nodes[0]
    assert node.properties["words"] == ["q", "b"]
    assert node.properties["table"] == {"k": "qz"}


def test_attributes_stay_expressions_with_the_node_named() -> None:
    body = """
  node_templates:
    vm: {type: tosca.nodes.indigo.Compute}
    fe:
      type: tosca.nodes.indigo.LRMS.FrontEnd.Slurm
      properties: {wn_ips: {get_attribute: [wn_vm, private_address]}}
      requirements: [{host: vm}]
    wn_vm: {type: tosca.nodes.indigo.Compute}
    wn:
      type: tosca.nodes.indigo.LRMS.WorkerNode.Slurm
      properties: {front_end_ip: {get_attribute: [HOST, private_address, 0]}}
      requirements: [{host: wn_vm}]
  outputs:
    url: {value: {concat: ['http://', {get_attribute: [fe, host, public_address, 0]}]}}
    user: {value: {get_attribute: [vm, endpoint, credential, 0, user]}}
"""
    topology = compiled(body).topology
    nodes = {node.name: node for node in topology.nodes}
    assert nodes["wn"].properties["front_end_ip"] == {"get_attribute": ["wn_vm", "private_address", 0]}
    assert topology.outputs[0].value == {"concat": ["http://", {"get_attribute": ["vm", "public_address", 0]}]}
    assert topology.outputs[1].value == {"get_attribute": ["vm", "endpoint", "credential", 0, "user"]}


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("{get_input: nope}", "unknown-input"),
        ("{get_input: null}", "function"),
        ("{get_property: [nope, text]}", "unknown-node"),
        ("{get_property: [n, nope]}", "unknown-property"),
        ("{get_property: [n, words, 5]}", "bad-path"),
        ("{get_property: n}", "function"),
        ("{get_attribute: [n, nope]}", "unknown-attribute"),
        ("{get_attribute: [n, said, 0]}", "bad-path"),
        ("{get_attribute: [n, lines, first]}", "bad-path"),
        ("{get_artifact: [n, nope]}", "unknown-artifact"),
        ("{get_property: [SELF, text]}", "unknown-node"),
        ("{concat: text}", "function"),
        ("{token: [a, '', 0]}", "function"),
        ("{token: [a, ',', 3]}", "function"),
        ("{get_nodes_of_type: my.Nope}", "unknown-type"),
    ],
)
def test_what_cannot_be_is_refused_at_its_line(expression: str, code: str) -> None:
    body = f"""{TYPES}
  node_templates: {{n: {{type: my.Note, properties: {{words: [a]}}}}}}
  outputs:
    o: {{value: {expression}}}
"""
    problem = refused(body)[0]
    assert (problem.code, problem.line) == (code, 17)


def test_a_value_that_depends_on_itself_is_refused_naming_the_circle() -> None:
    body = f"""{TYPES}
  node_templates:
    a: {{type: my.Note, properties: {{text: {{get_property: [b, text]}}}}}}
    b: {{type: my.Note, properties: {{text: {{get_property: [a, text]}}}}}}
"""
    problem = refused(body)[0]
    assert problem.code == "function-cycle"
    assert "a.text from b.text from a.text" in problem.message


def test_functions_cannot_make_much_of_little() -> None:
    chain = "".join(
        f"    n{i}: {{type: my.Note, properties: {{words: [{{get_property: [n{i + 1}, text]}}], "
        f"text: {{concat: [{{get_property: [n{i + 1}, text]}}, {{get_property: [n{i + 1}, text]}}]}}}}}}\n"
        for i in range(40)
    )
    body = f"{TYPES}\n  node_templates:\n{chain}    n40: {{type: my.Note, properties: {{text: xxxxxxxx}}}}\n"
    assert refused(body)[-1].code == "too-large"


def test_outputs_are_evaluated_when_their_attributes_have_arrived() -> None:
    def attributes(node: str, path: Path) -> Json:
        return "192.0.2.7" if (node, path) == ("vm", ("public_address", 0)) else None

    ip = {"get_attribute": ["vm", "public_address", 0]}
    assert evaluate({"concat": ["http://", ip, ":", 80]}, attributes) == "http://192.0.2.7:80"
    assert evaluate({"token": [ip, ".", 3]}, attributes) == "7"
    assert evaluate({"ips": [ip], "none": {"concat": ["x", {"get_attribute": ["vm", "nope"]}]}}, attributes) == {
        "ips": ["192.0.2.7"],
        "none": None,
    }
    assert evaluate({"join": [["a", {"get_input": "word"}], "-"]}, attributes, {"word": "b"}) == "a-b"


@pytest.mark.parametrize(("length", "seen"), [(100, True), (101, False)])
def test_host_is_looked_for_among_the_nearest_hundred(length: int, seen: bool) -> None:
    hosted = "{host: {capability: tosca.capabilities.Node, relationship: HostedOn, occurrences: [0, 1]}}"
    nodes = [f"    n{number}: {{type: my.S, requirements: [{{host: n{number - 1}}}]}}" for number in range(1, length)]
    body = f"""
node_types:
  my.S: {{derived_from: tosca.nodes.Root, requirements: [{hosted}]}}
  my.End: {{derived_from: my.S, properties: {{q: {{type: string, default: found}}}}}}
topology_template:
  node_templates:
    n0: {{type: my.End}}
{chr(10).join(nodes)}
    asks:
      type: my.S
      requirements: [{{host: n{length - 1}}}]
      attributes: {{state: {{get_property: [HOST, q]}}}}
"""
    if seen:
        assert len(compiled(body).topology.nodes) == length + 1
    else:
        assert refused(body)[0].code == "unknown-property"
