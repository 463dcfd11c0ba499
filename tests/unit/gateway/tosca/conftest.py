"""What the compiler's tests share: our own catalogues, loaded once, and a way to compile or to be refused."""

from collections.abc import Callable, Mapping

import pytest

from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.domain.tosca import Catalogues, Compiled, Mode, Problem, TemplateRefused, compile_template
from shared.contracts.topology import Json

Compile = Callable[..., Compiled]
Refuse = Callable[..., tuple[Problem, ...]]

INDIGO = "https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml"


@pytest.fixture(scope="session")
def catalogues() -> Catalogues:
    return load_catalogues()


@pytest.fixture
def compiled(catalogues: Catalogues) -> Compile:
    """Compiles the lines below `topology_template:` against the indigo types."""

    def run(body: str, inputs: Mapping[str, Json] | None = None, mode: Mode = Mode.LENIENT) -> Compiled:
        return compile_template(written(body), inputs or {}, catalogues, mode=mode)

    return run


@pytest.fixture
def refused(compiled: Compile) -> Refuse:
    """The problems of a body that must be refused."""

    def run(body: str, inputs: Mapping[str, Json] | None = None, mode: Mode = Mode.LENIENT) -> tuple[Problem, ...]:
        with pytest.raises(TemplateRefused) as caught:
            compiled(body, inputs, mode)
        return caught.value.problems

    return run


def written(body: str) -> str:
    """A whole template; a body that starts at the root is taken as it is."""
    if "topology_template:" in body:
        return f"tosca_definitions_version: tosca_simple_yaml_1_3\n{body.lstrip()}"
    return f"tosca_definitions_version: tosca_simple_yaml_1_0\nimports: [{INDIGO}]\ntopology_template:\n{body.lstrip(chr(10))}"
