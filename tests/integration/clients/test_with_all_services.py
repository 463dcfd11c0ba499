"""The strict client against the whole system: machines of the real Infrastructure Manager, named by our ids."""

from collections.abc import Iterator

import pytest

from tests.integration.clients.strict import StrictClient
from tests.integration.story.conftest import Whole, whole
from tests.support.waiting import soon

__all__ = ["whole"]
MACHINE = "tosca.nodes.indigo.Compute"
TEMPLATE = """
tosca_definitions_version: tosca_simple_yaml_1_0
imports:
  - indigo_custom_types: https://raw.githubusercontent.com/indigo-dc/tosca-types/master/custom_types.yaml
topology_template:
  inputs:
    machines: {type: integer, default: 2}
    removal_list: {type: list, entry_schema: {type: string}, default: []}
  node_templates:
    server:
      type: tosca.nodes.indigo.Compute
      capabilities:
        scalable: {properties: {count: {get_input: machines}, removal_list: {get_input: removal_list}}}
        host: {properties: {num_cpus: 1, mem_size: 1 GB}}
        os: {properties: {type: linux, distribution: ubuntu}}
"""


@pytest.fixture
def client(whole: Whole) -> Iterator[StrictClient]:
    """In the hands of alice."""
    opened = StrictClient(whole.system.urls["gateway"], whole.token())
    yield opened
    opened.close()


def machines(client: StrictClient, deployment: str) -> dict[str, str]:
    """The state of each machine, by its resource's id."""
    return {one["uuid"]: one["state"] for one in client.resls(deployment) if one["toscaNodeType"] == MACHINE}


def becomes(client: StrictClient, deployment: str, status: str) -> None:
    """Wait for a status."""
    soon(lambda: client.depshow(deployment)["status"] == status, within=120, what=status)


def test_a_machine_is_removed_and_another_stopped_and_started_by_their_ids(client: StrictClient) -> None:
    deployment = client.depcreate(TEMPLATE, {"machines": 2}, userGroup="users")["uuid"]
    asked = machines(client, deployment)
    becomes(client, deployment, "CREATE_COMPLETE")
    there = machines(client, deployment)
    leaving, staying = there

    client.depupdate(deployment, TEMPLATE, {"machines": 1, "removal_list": [leaving]})
    becomes(client, deployment, "UPDATE_COMPLETE")
    left = machines(client, deployment)
    client.vm("stop", deployment, staying)
    soon(lambda: machines(client, deployment)[staying] == "STOPPED", within=60, what="the stopped machine")
    client.vm("start", deployment, staying)
    soon(lambda: machines(client, deployment)[staying] == "STARTED", within=60, what="the started machine")
    client.depdel(deployment)
    becomes(client, deployment, "DELETE_COMPLETE")

    assert list(asked) == list(there)
    assert left == {staying: "STARTED"}
