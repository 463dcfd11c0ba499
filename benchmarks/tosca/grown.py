"""Templates of any size in which every node is linked to others, as real ones are: only larger."""

from collections.abc import Callable, Iterator, Mapping

IMPORTED = "https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml"
_HEAD = f"""tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - indigo_custom_types: {IMPORTED}
topology_template:
  inputs:
    cpus: {{ type: integer, default: 2 }}
  node_templates:
"""
_MACHINE = """    {name}:
      type: tosca.nodes.indigo.Compute
      capabilities:
        host: {{ properties: {{ num_cpus: {{ get_input: cpus }}, mem_size: 4 GB }} }}
        os: {{ properties: {{ type: linux, distribution: ubuntu }} }}
"""
_WORKER = """    {name}:
      type: tosca.nodes.indigo.LRMS.WorkerNode.Slurm
      properties:
        front_end_ip: {{ get_attribute: [ {server}, private_address, 0 ] }}
        public_front_end_ip: {address}
      requirements:
        - host: {server}
"""
_FIRST = "192.0.2.1"


def grown(shape: str, nodes: int) -> str:
    """A template of so many nodes, linked in one of the `SHAPES`."""
    return _HEAD + "".join(SHAPES[shape](nodes))


def _pairs(nodes: int) -> Iterator[str]:
    """A machine and the software on it, which waits for the software of the pair before."""
    for pair in range(nodes // 2):
        yield _MACHINE.format(name=f"server_{pair}")
        yield _worker(pair, f"server_{pair}", pair - 1)


def _tree(nodes: int) -> Iterator[str]:
    """All software on one machine; each waits for its parent in a tree where everybody has four children."""
    yield _MACHINE.format(name="server")
    for number in range(nodes - 1):
        yield _worker(number, "server", (number - 1) // 4)


def _worker(number: int, server: str, waits_for: int) -> str:
    name = f"worker_{number}"
    if not number:
        return _WORKER.format(name=name, server=server, address=_FIRST)
    address = f"{{ get_property: [ worker_{waits_for}, public_front_end_ip ] }}"
    body = _WORKER.format(name=name, server=server, address=address)
    return f"{body}        - dependency: worker_{waits_for}\n"


SHAPES: Mapping[str, Callable[[int], Iterator[str]]] = {"pairs": _pairs, "tree": _tree}
