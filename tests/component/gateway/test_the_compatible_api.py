"""What orchent, orpy and the dashboard ask for is there, in the words that they know."""

import json
import uuid
from typing import Any

import httpx
import pytest

from shared.contracts.deployments import (
    ActionCompleted,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    UpdateCompleted,
)
from shared.contracts.trials import NodeProgress, Resource, TrialProgressed
from shared.contracts.vocabulary import Action, ActionId, Cause, DeploymentId, NodeState, Revision, TrialNo
from tests.component.gateway.door import ADMINS, DISK, GROUP, MACHINE, TEMPLATE, Door, machine, started

Json = dict[str, Any]


def completed(deployment: str, *resources: Resource, **outputs: str) -> DeploymentCompleted:
    """It stands."""
    return DeploymentCompleted(
        deployment_id=DeploymentId(deployment), revision=Revision(1), outputs=outputs, resources=resources, trials=()
    )


def updated(deployment: str, *resources: Resource) -> UpdateCompleted:
    """It stands in its second form."""
    return UpdateCompleted(deployment_id=DeploymentId(deployment), revision=Revision(2), resources=resources)


async def standing(door: Door, client: httpx.AsyncClient, *resources: Resource, **more: object) -> str:
    """The id of a deployment that stands."""
    deployment = await door.create(client, **more)
    await door.tell(started(deployment), completed(deployment, *(resources or (machine(0), DISK)), ip="192.0.2.1"))
    return deployment


async def resources(client: httpx.AsyncClient, deployment: str, **asked: str) -> list[Json]:
    """Those of a deployment."""
    answer = await client.get(f"/deployments/{deployment}/resources", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["content"]
    return found


async def machines(client: httpx.AsyncClient, deployment: str) -> dict[str, str]:
    """The id of each machine, by the site's."""
    return {one["physicalId"]: one["uuid"] for one in await resources(client, deployment, type=MACHINE)}


async def test_a_resource_keeps_its_id_from_the_request_to_the_end(door: Door) -> None:
    async with door.client() as alice:
        deployment = await door.create(alice, parameters={"machines": 2})
        asked = await resources(alice, deployment)
        await door.tell(
            started(deployment),
            TrialProgressed(
                deployment_id=DeploymentId(deployment),
                trial=TrialNo(1),
                nodes=(NodeProgress(node="server", state=NodeState.CONFIGURING),),
            ),
        )
        under_way = await resources(alice, deployment)
        await door.tell(completed(deployment, machine(0), machine(1), DISK))
        there = await resources(alice, deployment)

    assert [one["toscaNodeName"] for one in asked] == ["server", "server", "disk"]
    assert {one["state"] for one in asked} == {"INITIAL"}
    assert [one["state"] for one in under_way] == ["CONFIGURING", "CONFIGURING", "CREATING"]
    assert [one["uuid"] for one in asked] == [one["uuid"] for one in under_way] == [one["uuid"] for one in there]
    assert [one["physicalId"] for one in there] == ["infra/vms/0", "infra/vms/1", "infra/disk"]
    assert all(str(uuid.UUID(one["uuid"])) == one["uuid"] for one in there)


async def test_what_is_known_of_a_machine_is_json_in_a_text(door: Door) -> None:
    async with door.client() as alice:
        deployment = await standing(door, alice)
        server, disk = await resources(alice, deployment)
        extra = await alice.get(f"/deployments/{deployment}/extrainfo")

    system, *networks = json.loads(server["metadata"]["VirtualMachineInfo"])["vmProperties"]
    assert (system["class"], system["id"], system["cpu.count"]) == ("system", "server", 2)
    assert (system["net_interface.0.ip"], system["net_interface.1.ip"]) == ("192.168.0.0", "192.0.2.0")
    assert [network["id"] for network in networks] == ["priv_network", "pub_network"]
    assert disk["metadata"] == {}
    assert server["requiredBy"] == []
    assert [link["rel"] for link in server["links"]] == ["deployment", "self"]
    assert extra.headers["content-type"].startswith("text/plain")
    assert extra.json() == [json.loads(server["metadata"]["VirtualMachineInfo"])]


@pytest.mark.parametrize(
    ("type_", "names"),
    [
        ("tosca.nodes.Compute", ["server"]),
        (MACHINE, ["server"]),
        ("tosca.nodes.Root", ["server", "disk"]),
        ("tosca.nodes.Nothing", []),
        ("{type}", ["server", "disk"]),
    ],
)
async def test_resources_are_filtered_by_a_type_or_one_that_it_is_derived_from(
    door: Door, type_: str, names: list[str]
) -> None:
    async with door.client() as alice:
        deployment = await standing(door, alice)
        page = await resources(alice, deployment, type=type_)
        plain = await alice.get(f"/deployments/{deployment}/resources/filter", params={"type": type_})
        none = await alice.get(f"/deployments/{deployment}/resources/filter")

    assert [one["toscaNodeName"] for one in page] == names
    assert type_ == "{type}" or plain.json() == page
    assert none.status_code == 400
    assert none.json()["message"] == "Required String parameter 'type' cannot be empty"


async def test_credentials_of_a_machine_are_for_the_owner_alone(door: Door) -> None:
    secret = {"disk.0.os.credentials.private_key": "-----BEGIN PRIVATE KEY----- canary", "note": "x PRIVATE KEY----- y"}
    async with door.client() as alice, door.client("bob") as bob, door.client("olga", ADMINS) as olga:
        deployment = await standing(door, alice, machine(0, **secret))
        mine, theirs, admins = [
            (await client.get(f"/deployments/{deployment}/resources")).text for client in (alice, bob, olga)
        ]
        told = [(await client.get(f"/deployments/{deployment}/extrainfo")).text for client in (bob, olga)]
        log = [(await client.get(f"/deployments/{deployment}/log")).text for client in (alice, bob, olga)]

    assert "canary" in mine
    assert "PRIVATE KEY" not in theirs + admins + "".join(told)
    assert "192.0.2.0" in theirs
    assert told[0] == "[]"
    assert log[0] == log[2] != ""
    assert log[1] == ""


async def test_machines_are_stopped_and_started_in_a_state_that_allows_it(door: Door) -> None:
    async with door.client() as alice, door.client("bob") as bob:
        deployment = await door.create(alice)
        early = next(one["uuid"] for one in await resources(alice, deployment, type=MACHINE))
        too_early = await alice.post(f"/deployments/{deployment}/resources/{early}/actions", json={"type": "stop"})
        await door.tell(started(deployment), completed(deployment, machine(0), DISK))
        server, disk = [one["uuid"] for one in await resources(alice, deployment)]
        at = f"/deployments/{deployment}/resources"
        stop = await alice.post(f"{at}/{server}/actions", json={"type": "STOP "})
        wrong = await alice.post(f"{at}/{server}/actions", json={"type": "start"})
        of_a_disk = await alice.post(f"{at}/{disk}/actions", json={"type": "stop"})
        of_nothing = await alice.post(f"{at}/{uuid.uuid4()}/actions", json={"type": "stop"})
        unknown = await alice.post(f"{at}/{server}/actions", json={"type": "explode"})
        not_mine = await bob.post(f"{at}/{server}/actions", json={"type": "stop"})
        timeline = (await alice.get(f"/deployments/{deployment}/timeline")).json()["content"]
        done = ActionCompleted(
            deployment_id=DeploymentId(deployment),
            action_id=ActionId(timeline[-1]["event"]["action_id"]),
            action=Action.STOP,
            resources=(machine(0).model_copy(update={"state": NodeState.STOPPED}), DISK),
        )
        await door.tell(done)
        state = (await alice.get(f"{at}/{server}")).json()["state"]
        start = await alice.post(f"{at}/{server}/actions", json={"type": "start"})

    assert (too_early.status_code, too_early.json()["message"]) == (
        409,
        "Cannot perform actions on deployment in CREATE_IN_PROGRESS state.",
    )
    assert (stop.status_code, stop.json()["uuid"]) == (202, server)
    assert timeline[-1]["event"]["machines"] == ["infra/vms/0"]
    assert (wrong.status_code, "must be STOPPED" in wrong.json()["message"]) == (409, True)
    assert (of_a_disk.status_code, "only machines" in of_a_disk.json()["message"]) == (400, True)
    assert (of_nothing.status_code, "doesn't exist" in of_nothing.json()["message"]) == (400, True)
    assert (unknown.status_code, not_mine.status_code) == (400, 403)
    assert (state, start.status_code) == ("STOPPED", 202)


async def test_an_update_is_merged_with_the_parameters_before_it(door: Door) -> None:
    async with door.client() as alice:
        deployment = await standing(
            door, alice, parameters={"machines": 1, "greeting": "ciao", "admin_password": "canary-9"}
        )
        body = {"template": TEMPLATE, "parameters": {"machines": 2}, "callback": "https://back.example.org/"}
        answer = await alice.put(f"/deployments/{deployment}", json=body)
        template = (await alice.get(f"/deployments/{deployment}/template")).text
        under_way = await resources(alice, deployment, type=MACHINE)
        await door.tell(updated(deployment, machine(0), machine(1), DISK))
        done = await machines(alice, deployment)
        again = await alice.put(f"/deployments/{deployment}", json={"template": TEMPLATE})
        twice = await alice.put(f"/deployments/{deployment}", json={"template": TEMPLATE})

    assert (answer.status_code, answer.json()["status"]) == (202, "UPDATE_IN_PROGRESS")
    assert answer.json()["callback"] == "https://back.example.org/"
    assert "ciao" in template
    assert "canary-9" not in template
    assert [one["state"] for one in under_way] == ["STARTED", "CREATING"]
    assert list(done.values()) == [one["uuid"] for one in under_way]
    assert (again.status_code, again.json()["callback"]) == (202, "https://back.example.org/")
    assert (twice.status_code, twice.json()["message"]) == (
        409,
        "Cannot update a deployment in UPDATE_IN_PROGRESS state.",
    )


async def test_what_a_new_template_has_no_input_for_is_forgotten_unless_it_is_given(door: Door) -> None:
    smaller = TEMPLATE.replace("    greeting: {type: string, default: hello}\n", "")
    async with door.client() as alice:
        deployment = await standing(door, alice, parameters={"greeting": "ciao", "num_cpus": 2})
        at = f"/deployments/{deployment}"
        given = await alice.put(at, json={"template": smaller, "parameters": {"greeting": "salve"}})
        kept = await alice.put(at, json={"template": smaller})
        template = (await alice.get(f"{at}/template")).text

    assert (given.status_code, "no input `greeting`" in given.json()["message"]) == (400, True)
    assert (kept.status_code, "num_cpus: 2" in template) == (202, True), kept.text


async def test_machines_are_removed_by_the_ids_of_their_resources(door: Door) -> None:
    async with door.client() as alice:
        deployment = await standing(door, alice, machine(0), machine(1), DISK, parameters={"machines": 2})
        known = await machines(alice, deployment)
        at = f"/deployments/{deployment}"
        strange = str(uuid.uuid4())
        body: Json = {"template": TEMPLATE, "parameters": {"machines": 1, "removal_list": [strange]}}
        refused = await alice.put(at, json=body)
        body["parameters"]["removal_list"] = [known["infra/vms/0"]]
        taken = await alice.put(at, json=body)
        template = (await alice.get(f"{at}/template")).text
        await door.tell(updated(deployment, machine(1), DISK))
        left = await machines(alice, deployment)
        spelt_out = TEMPLATE.replace("{get_input: removal_list}", f'["{left["infra/vms/1"]}"]')
        once_more = await alice.put(at, json={"template": spelt_out, "parameters": {"machines": 0}})
        second = (await alice.get(f"{at}/template")).text

    assert refused.status_code == 400
    assert strange in refused.json()["message"]
    assert all(one in refused.json()["message"] for one in known.values())
    assert (taken.status_code, "infra/vms/0" in template, known["infra/vms/0"] in template) == (202, True, False)
    assert left == {"infra/vms/1": known["infra/vms/1"]}
    assert (once_more.status_code, "infra/vms/1" in second, "infra/vms/0" in second) == (202, True, False)


async def test_what_was_deleted_stays_and_is_listed_unless_it_is_excluded(door: Door) -> None:
    async with door.client() as alice:
        deployment = await standing(door, alice)
        gone = await alice.request("DELETE", f"/deployments/{deployment}?force=true", json=["a", "body"])
        again = await alice.delete(f"/deployments/{deployment}")
        await door.tell(DeploymentDeleted(deployment_id=DeploymentId(deployment)))
        body = (await alice.get(f"/deployments/{deployment}")).json()
        listed = (await alice.get("/deployments")).json()["content"]
        without = (await alice.get("/deployments?excludedStatus=CREATE_FAILED,delete_complete")).json()["content"]
        strange = await alice.get("/deployments?excludedStatus=GONE")
        left = await resources(alice, deployment)

    assert (gone.status_code, gone.content) == (204, b"")
    assert (again.status_code, again.json()["message"]) == (409, "Deployment already in DELETE_IN_PROGRESS state.")
    assert body["status"] == "DELETE_COMPLETE"
    assert ([one["uuid"] for one in listed], without, left) == ([deployment], [], [])
    assert strange.status_code == 400


async def test_the_reason_of_a_failure_is_a_text_and_otherwise_not_there(door: Door) -> None:
    async with door.client() as alice:
        deployment = await door.create(alice)
        before = (await alice.get(f"/deployments/{deployment}")).json()
        failed = DeploymentFailed(
            deployment_id=DeploymentId(deployment), revision=Revision(1), cause=Cause.QUOTA, sentence="No room."
        )
        await door.tell(failed)
        after = (await alice.get(f"/deployments/{deployment}")).json()

    assert "statusReason" not in before
    assert (before["cloudProviderEndpoint"], before["userGroup"]) == (None, GROUP)
    assert after["statusReason"] == "No room."


@pytest.mark.parametrize("path", ["schedules/1", "schedules/1/events", "schedules/1/template"])
async def test_there_are_no_schedules(door: Door, path: str) -> None:
    async with door.client() as alice:
        page = (await alice.get("/schedules/?createdBy=me")).json()
        answer = await alice.get(path)

    assert (page["content"], page["page"]["totalElements"]) == ([], 0)
    assert (answer.status_code, answer.json()["message"]) == (404, "The replication schedule <1> doesn't exist")


async def test_the_configuration_is_flat_and_the_info_open(door: Door) -> None:
    async with door.client() as alice, door.as_sent({}) as nobody:
        configuration = (await alice.get("/configuration")).json()
        info = await nobody.get("/info/")
        refused = await nobody.get("/configuration")

    assert set(configuration) == {"cpr_url", "slam_url", "cmdb_url", "im_url", "monitoring_url"}
    assert all(value is None or isinstance(value, str) for value in configuration.values())
    assert isinstance(info.json()["projectVersion"], str)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
