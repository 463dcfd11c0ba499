"""What is compiled, written down and compiled again is the same topology: the text that travels says all of it."""

import json
from collections.abc import Callable, Mapping

import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.tosca import Compiled, compile_template
from shared.contracts.topology import Json
from tests.unit.gateway.tosca.compiling import INDIGO, catalogues

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
INPUTS: dict[str, tuple[str, st.SearchStrategy[Json]]] = {
    "cpus": ("integer", st.integers(1, 64)),
    "memory": ("scalar-unit.size", st.sampled_from(["512 MB", "4 GB", "1.5 GiB"])),
    "words": ("string", WORDS),
    "flag": ("boolean", st.booleans()),
    "share": ("float", st.floats(-1e6, 1e6)),
    "sites": ("list", st.lists(WORDS, max_size=3)),
    "labels": ("map", st.dictionaries(WORDS, WORDS, max_size=3)),
    "admin_password": ("string", WORDS),
}


@st.composite
def templates(draw: st.DrawFn) -> tuple[str, dict[str, Json]]:
    """A template of linked machines, software, disks and networks, with functions in it; and values for its inputs."""
    inputs, given_values = {}, {}
    for name, (kind, values) in INPUTS.items():
        inputs[name] = {"type": kind, "default": draw(values)}
        if draw(st.booleans()):
            given_values[name] = draw(values)
    nodes: dict[str, Json] = {"vm_0": _machine(draw, [])}
    for number in range(1, draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(sorted(KINDS)))
        nodes[f"{kind}_{number}"] = KINDS[kind](draw, list(nodes))
    topology: dict[str, Json] = {"inputs": inputs, "node_templates": nodes, "outputs": _outputs(draw, list(nodes))}
    if draw(st.booleans()):
        wish = {"sla_id": {"get_input": "words"}}
        policy = {"type": "tosca.policies.indigo.SlaPlacement", "properties": wish, "targets": ["vm_0"]}
        topology["policies"] = [{"here": policy}]
    root = {"tosca_definitions_version": "tosca_simple_yaml_1_0", "imports": [INDIGO], "topology_template": topology}
    return yaml.safe_dump(root, sort_keys=False, allow_unicode=True), given_values


@given(templates())
def test_a_template_means_the_same_when_it_comes_back(made: tuple[str, dict[str, Json]]) -> None:
    text, values = made
    first = _compiled(text, values)
    again = _compiled(first.template, first.secret_values)
    assert again.topology == first.topology
    assert again.template == first.template
    assert again.secret_values == first.secret_values


@given(templates())
def test_a_topology_survives_the_wire(made: tuple[str, dict[str, Json]]) -> None:
    topology = _compiled(*made).topology
    assert type(topology).model_validate_json(topology.model_dump_json()) == topology


@given(templates())
def test_a_secret_value_stands_nowhere_in_what_travels(made: tuple[str, dict[str, Json]]) -> None:
    text, values = made
    secret = "s3cret-that-stands-nowhere-else"
    done = _compiled(text, {**values, "admin_password": secret})
    assert secret not in done.template
    assert secret not in json.dumps(done.topology.model_dump(mode="json"))


def _compiled(text: str, values: Mapping[str, Json]) -> Compiled:
    return compile_template(text, values, catalogues())


def _text(draw: st.DrawFn) -> Json:
    """Text, or a function that makes some."""
    made: list[Json] = [
        draw(WORDS),
        {"get_input": "words"},
        {"get_input": ["words"]},
        {"concat": ["a ", {"get_input": "words"}, {"get_input": "admin_password"}]},
        {"token": ["a:b:c", ":", draw(st.integers(0, 2))]},
        {"get_attribute": ["vm_0", "private_address", 0]},
    ]
    return draw(st.sampled_from(made))


def _machine(draw: st.DrawFn, _others: list[str]) -> Json:
    host = {
        "num_cpus": draw(st.sampled_from([2, {"get_input": "cpus"}])),
        "mem_size": draw(st.sampled_from(["2 GB", {"get_input": "memory"}])),
    }
    capabilities: dict[str, Json] = {"host": {"properties": host}}
    if draw(st.booleans()):
        capabilities["scalable"] = {"properties": {"count": draw(st.integers(0, 5))}}
    if draw(st.booleans()):
        capabilities["endpoint"] = {"properties": {"network_name": draw(st.sampled_from(["PUBLIC", "PRIVATE"]))}}
    tags = {"colour": _text(draw), "more": {"get_input": "words"}}
    return {"type": "tosca.nodes.indigo.Compute", "properties": {"tags": tags}, "capabilities": capabilities}


def _worker(draw: st.DrawFn, others: list[str]) -> Json:
    machine = draw(st.sampled_from([name for name in others if name.startswith("vm")]))
    return {
        "type": "tosca.nodes.indigo.LRMS.WorkerNode.Slurm",
        "properties": {"front_end_ip": _text(draw), "hybrid": {"get_input": "flag"}},
        "requirements": [{"host": machine}, {"dependency": draw(st.sampled_from(others))}],
        "metadata": draw(st.dictionaries(WORDS, WORDS, max_size=2)),
    }


def _disk(draw: st.DrawFn, _others: list[str]) -> Json:
    size = draw(st.sampled_from(["10 GB", {"get_input": "memory"}]))
    return {"type": "tosca.nodes.BlockStorage", "properties": {"size": size}}


def _network(draw: st.DrawFn, _others: list[str]) -> Json:
    kind = draw(st.sampled_from(["public", "private", "isolated"]))
    return {"type": "tosca.nodes.network.Network", "properties": {"network_type": kind, "network_name": _text(draw)}}


def _outputs(draw: st.DrawFn, nodes: list[str]) -> Json:
    node = draw(st.sampled_from([name for name in nodes if name.startswith("vm")]))
    address = {"get_attribute": [node, "public_address", 0]}
    return {
        "address": {"value": address},
        "link": {"value": {"concat": ["https://", address, "/", {"get_input": "words"}]}},
        "all": {"value": [{"get_input": "sites"}, {"get_input": "labels"}, {"get_input": "share"}]},
    }


KINDS: Mapping[str, Callable[[st.DrawFn, list[str]], Json]] = {
    "vm": _machine,
    "worker": _worker,
    "disk": _disk,
    "network": _network,
}
