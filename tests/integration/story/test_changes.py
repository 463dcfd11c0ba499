"""On the real Infrastructure Manager: planned before, updated in place, stopped and started again."""

import httpx

from tests.integration.story.conftest import TEMPLATE, Whole
from tests.support.waiting import soon

MACHINES = "    machines: { type: integer, default: 1 }\n"
GROWING = TEMPLATE.replace("count: 1", "count: { get_input: machines }").replace(
    "  inputs:\n", f"  inputs:\n{MACHINES}"
)


def states(client: httpx.Client, deployment: str) -> dict[str, str]:
    """The state of every machine, by resource id."""
    answer = client.get(f"/deployments/{deployment}/resources", params={"type": "tosca.nodes.indigo.Compute"})
    assert answer.status_code == 200, answer.text
    return {resource["uuid"]: resource["state"] for resource in answer.json()["content"]}


def test_a_plan_says_where_it_could_run_and_why_not_elsewhere_and_creates_nothing(whole: Whole) -> None:
    with whole.client() as client:
        before = whole.machines_of()
        answer = client.post("/plans", json={"template": TEMPLATE, "parameters": {}})
        plan = answer.json()

        assert answer.status_code == 200, answer.text
        assert [candidate["site"] for candidate in plan["candidates"]] == ["recas-bari", "cnaf", "ifca"]
        assert {rejection["site"] for rejection in plan["rejected"]} == {"cesnet", "upv-grycap"}
        assert all(rejection["sentence"] for rejection in plan["rejected"])
        assert client.get(f"/plans/{plan['id']}").json() == plan
        assert whole.machines_of() == before

        deployment = whole.ask(client, plan=plan["id"])
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        other = client.post(
            "/deployments", json={"template": TEMPLATE.replace("1 GB", "2 GB"), "parameters": {}, "plan": plan["id"]}
        )
        assert other.status_code == 409
        assert "another template" in other.json()["message"]


def test_what_stands_grows_in_place_and_its_machines_are_stopped_and_started(whole: Whole) -> None:
    with whole.client() as client:
        deployment = whole.ask(client, template=GROWING)
        whole.becomes(client, deployment, "CREATE_COMPLETE")
        site = client.get(f"/deployments/{deployment}").json()["cloudProviderName"]
        assert len(states(client, deployment)) == 1

        two = {"template": GROWING, "parameters": {"machines": 2}}
        answer = client.put(f"/deployments/{deployment}", json=two)
        assert answer.status_code == 202, answer.text
        assert answer.json()["status"] == "UPDATE_IN_PROGRESS"
        assert client.put(f"/deployments/{deployment}", json=two).status_code == 409
        whole.becomes(client, deployment, "UPDATE_COMPLETE")
        assert client.get(f"/deployments/{deployment}").json()["cloudProviderName"] == site
        machines = states(client, deployment)
        assert len(machines) == 2

        first = next(iter(machines))
        stop = client.post(f"/deployments/{deployment}/resources/{first}/actions", json={"type": "stop"})
        assert stop.status_code == 202, stop.text
        soon(lambda: states(client, deployment)[first] == "STOPPED", within=60, what="the stopped machine")
        client.post(f"/deployments/{deployment}/resources/{first}/actions", json={"type": "start"})
        soon(lambda: states(client, deployment)[first] == "STARTED", within=60, what="the started machine")

        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        assert whole.machines_of() == 0
