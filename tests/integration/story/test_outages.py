"""What is away is waited for, or refused clearly; nothing is half done."""

from tests.integration.story.conftest import TEMPLATE, Whole
from tests.support.waiting import soon


def test_a_request_accepted_while_the_bus_is_away_is_carried_out_when_it_is_back(whole: Whole) -> None:
    with whole.client() as client:
        whole.system.kill("kafka")
        deployment = whole.ask(client)
        assert client.get(f"/deployments/{deployment}").json()["status"] == "CREATE_IN_PROGRESS"
        whole.system.start("kafka")
        whole.system.wait_ready("kafka")
        whole.becomes(client, deployment, "CREATE_COMPLETE", within=150)
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        assert whole.machines_of() == 0


def test_a_request_while_the_store_is_away_is_refused_whole(whole: Whole) -> None:
    with whole.client() as client:
        before = client.get("/deployments").json()["page"]["totalElements"]
        whole.system.kill("postgres")
        answer = client.post("/deployments", json={"template": TEMPLATE})
        ready = client.get("/health/ready")
        whole.system.start("postgres")
        whole.system.wait_ready("postgres")
        soon(lambda: client.get("/health/ready").status_code == 200, within=60, what="a ready gateway")

        assert answer.status_code == answer.json()["code"] == 503
        assert "Try again" in answer.json()["message"]
        assert ready.status_code == 503
        assert client.get("/deployments").json()["page"]["totalElements"] == before


def test_a_site_that_is_away_fails_over(whole: Whole) -> None:
    with whole.client() as client:
        whole.system.wait_ready()
        whole.system.kill("im")
        deployment = whole.ask(client)
        whole.becomes(client, deployment, "CREATE_COMPLETE", within=150)
        trials = client.get(f"/deployments/{deployment}/trials").json()["content"]
        whole.system.start("im")
        whole.system.wait_ready("im")
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE", within=150)

        assert [trial["site"] for trial in trials] == ["recas-bari", "cnaf", "ifca"]
        assert "could not be reached" in trials[0]["sentence"]
        assert whole.machines_of() == 0
