"""Operations and artifacts of nodes: those of their types, refined by the template, with inputs worked out."""

import pytest

from services.gateway.domain.tosca import Compiled
from shared.contracts.topology import Artifact, Operation
from tests.unit.gateway.tosca.compiling import compiled, node_of, refused

TYPES = """
artifact_types:
  my.Role: {derived_from: tosca.artifacts.Root}
node_types:
  my.Base:
    derived_from: tosca.nodes.SoftwareComponent
    properties: {port: {type: integer, default: 80}, owner: {type: string, required: false}}
    artifacts: {role: {file: 'base,1', type: my.Role}, script: {file: scripts/run.sh, type: my.Role}}
    interfaces:
      Standard:
        configure:
          implementation: https://example.org/configure.yml
          inputs:
            port: {get_property: [SELF, port]}
            address: {get_attribute: [HOST, private_address, 0]}
            owner: {get_property: [SELF, owner]}
            mode: plain
  my.Derived:
    derived_from: my.Base
    artifacts: {role: {file: 'derived,2', type: my.Role}}
    interfaces:
      Standard:
        start: scripts/start.sh
        configure: {inputs: {mode: special}}
"""


def software(more: str = "", kind: str = "my.Derived") -> Compiled:
    return compiled(f"""{TYPES}
topology_template:
  inputs: {{password: {{type: string, default: x}}}}
  node_templates:
    vm: {{type: tosca.nodes.Compute}}
    app:
      type: {kind}
      requirements: [{{host: vm}}]
{more}
""")


def operation(done: Compiled, name: str) -> Operation:
    found = [one for one in node_of(done, "app").operations if one.name == name]
    assert len(found) == 1
    return found[0]


def test_an_operation_of_the_type_has_its_inputs_for_this_node() -> None:
    configure = operation(software("      properties: {port: 8080}"), "configure")
    assert (configure.interface, configure.implementation) == ("Standard", "https://example.org/configure.yml")
    assert configure.inputs == {
        "port": 8080,
        "address": {"get_attribute": ["vm", "private_address", 0]},
        "mode": "special",
    }


def test_a_short_form_names_the_implementation() -> None:
    assert operation(software(), "start").implementation == "scripts/start.sh"


def test_operations_that_do_nothing_are_not_told() -> None:
    assert node_of(software(), "vm").operations == ()
    assert {one.name for one in node_of(software(), "app").operations} == {"configure", "start"}


@pytest.mark.parametrize(
    "interfaces",
    [
        "{Standard: {configure: {inputs: {mode: own}}}}",
        "{Standard: {operations: {configure: {inputs: {mode: own}}}}}",
        "{tosca.interfaces.node.lifecycle.Standard: {configure: {inputs: {mode: own}}}}",
        "{Standard: {inputs: {mode: own}}}",
    ],
)
def test_the_template_refines_the_operation_of_the_type(interfaces: str) -> None:
    configure = operation(software(f"      interfaces: {interfaces}"), "configure")
    assert configure.implementation == "https://example.org/configure.yml"
    assert (configure.inputs["mode"], configure.inputs["port"]) == ("own", 80)


@pytest.mark.parametrize(
    ("implementation", "file"),
    [
        ("own.sh", "own.sh"),
        ("{primary: own.sh, dependencies: [a, b]}", "own.sh"),
        ("{primary: {file: own.sh, type: my.Role}}", "own.sh"),
        ("script", "scripts/run.sh"),
        ("{get_artifact: [SELF, script]}", "scripts/run.sh"),
    ],
)
def test_an_implementation_is_a_file_in_every_form(implementation: str, file: str) -> None:
    done = software(f"      interfaces: {{Standard: {{stop: {{implementation: {implementation}}}}}}}")
    assert operation(done, "stop").implementation == file


def test_a_secret_input_stays_its_placeholder_in_an_operation() -> None:
    done = software("      interfaces: {Standard: {configure: {inputs: {key: {get_input: password}}}}}")
    assert operation(done, "configure").inputs["key"] == {"get_input": "password"}


def test_what_an_inherited_input_cannot_find_is_no_fault_of_the_template() -> None:
    done = software("", "my.Base")
    assert "owner" not in operation(done, "configure").inputs
    assert done.warnings == ()


def test_artifacts_of_the_type_and_of_the_template_are_told() -> None:
    done = software("      artifacts: {mine: {file: a.tgz, type: tosca.artifacts.File, deploy_path: /opt}, bare: b.sh}")
    assert node_of(done, "app").artifacts == (
        Artifact(name="role", type="my.Role", file="derived,2"),
        Artifact(name="script", type="my.Role", file="scripts/run.sh"),
        Artifact(name="mine", type="tosca.artifacts.File", file="a.tgz", deploy_path="/opt"),
        Artifact(name="bare", type="tosca.artifacts.File", file="b.sh"),
    )


def test_own_types_that_say_much_for_many_nodes_are_refused() -> None:
    nodes = "\n".join(f"    n{number}: {{type: my.Fat}}" for number in range(400))
    problem = refused(f"""
node_types:
  my.Fat:
    derived_from: tosca.nodes.Root
    properties: {{fat: {{type: string, default: {"x" * 40_000}}}}}
topology_template:
  node_templates:
{nodes}
""")[0]
    assert (problem.code, problem.path) == ("too-large", ("topology_template", "node_templates"))
