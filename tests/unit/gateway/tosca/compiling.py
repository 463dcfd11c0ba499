"""How the compiler's tests write and compile templates: against our own catalogues, loaded once."""

from collections.abc import Mapping
from functools import cache

import pytest

from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.domain.tosca import Catalogues, Compiled, Mode, Problem, TemplateRefused, compile_template
from shared.contracts.topology import Json, Node

INDIGO = "https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml"


@cache
def catalogues() -> Catalogues:
    return load_catalogues()


def written(body: str) -> str:
    """A whole template of what stands below `topology_template:` (or of a body that has that key, for TOSCA 1.3)."""
    if "topology_template:" in body:
        return f"tosca_definitions_version: tosca_simple_yaml_1_3\n{body.lstrip()}"
    start = f"tosca_definitions_version: tosca_simple_yaml_1_0\nimports: [{INDIGO}]\ntopology_template:\n"
    return start + body.lstrip("\n")


def compiled(body: str, inputs: Mapping[str, Json] | None = None, mode: Mode = Mode.LENIENT) -> Compiled:
    return compile_template(written(body), inputs or {}, catalogues(), mode=mode)


def refused(body: str, inputs: Mapping[str, Json] | None = None, mode: Mode = Mode.LENIENT) -> tuple[Problem, ...]:
    """The problems of a body that must be refused."""
    with pytest.raises(TemplateRefused) as caught:
        compiled(body, inputs, mode)
    return caught.value.problems


def node_of(done: Compiled, name: str) -> Node:
    return next(node for node in done.topology.nodes if node.name == name)
