"""One deployment, end to end, on real parts; killed in the middle; deleted in the middle."""

import asyncio
import json

import httpx
from aiokafka import AIOKafkaConsumer

from tests.integration.story.conftest import Whole
from tests.support.waiting import soon


def types(client: httpx.Client, deployment: str) -> list[str]:
    """The types of a timeline's entries, in order."""
    return [entry["type"] for entry in client.get(f"/deployments/{deployment}/timeline").json()["content"]]


async def topic(bootstrap: str, name: str) -> list[tuple[dict[str, bytes], bytes]]:
    """All records of a topic."""
    consumer = AIOKafkaConsumer(name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        taken = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                taken += [(dict(record.headers), record.value) for record in records]
        return taken
    finally:
        await consumer.stop()


def test_falls_over_to_the_second_site_on_the_real_infrastructure_manager(whole: Whole) -> None:
    with whole.client() as client:
        deployment = whole.ask(client)
        whole.becomes(client, deployment, "CREATE_COMPLETE")
        body = client.get(f"/deployments/{deployment}").json()
        first, second = client.get(f"/deployments/{deployment}/trials").json()["content"]
        ranking = client.get(f"/deployments/{deployment}/ranking").json()

        assert body["cloudProviderName"] == "cnaf"
        assert body["outputs"]["url"].startswith("http://127.2.")
        assert (first["site"], first["cause"]) == ("recas-bari", "backend")
        assert "machine went to error" in first["sentence"]
        assert (second["site"], second["outcome"]) == ("cnaf", "succeeded")
        assert {one["site"] for one in ranking["rejected"]} == {"cesnet", "upv-grycap"}
        soon(lambda: "TrialCleaned" in types(client, deployment), within=30, what="the clean-up")
        assert whole.machines_of() == 1

        assert client.delete(f"/deployments/{deployment}").status_code == 204
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        assert whole.machines_of() == 0


def test_goes_on_where_it_was_when_its_services_are_killed_in_the_middle(whole: Whole) -> None:
    with whole.client() as client:
        deployment = whole.ask(client)
        soon(lambda: "TrialProgressed" in types(client, deployment), within=30, what="the first trial")
        for name in ("deployer-im", "deployer-saga", "ranker"):
            whole.system.kill(name)
            whole.system.start(name)
        whole.becomes(client, deployment, "CREATE_COMPLETE")
        soon(lambda: "TrialCleaned" in types(client, deployment), within=60, what="the clean-up")
        assert whole.machines_of() == 1

        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")
        assert whole.machines_of() == 0


def test_deleted_while_it_is_created_leaves_nothing(whole: Whole) -> None:
    with whole.client() as client:
        deployment = whole.ask(client)
        soon(lambda: "TrialStarted" in types(client, deployment), within=30, what="the first trial")
        assert client.delete(f"/deployments/{deployment}").status_code == 204
        again = client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")

        assert again.status_code == 409
        assert whole.machines_of() == 0


def test_the_timeline_is_gapless_and_resumes_after_the_last_entry_seen(whole: Whole) -> None:
    with whole.client() as client:
        deployment = whole.ask(client)
        address = f"/deployments/{deployment}/timeline"
        stream = {"accept": "text/event-stream"}
        seen: list[int] = []
        while len(seen) < 5:
            with client.stream("GET", address, headers={**stream, "last-event-id": str(len(seen))}) as answer:
                lines = (line for line in answer.iter_lines() if line.startswith("data:"))
                seen.append(json.loads(next(lines).removeprefix("data:"))["seq"])
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")

        assert seen == [1, 2, 3, 4, 5]
        entries = client.get(address).json()["content"]
        assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))


def test_what_travels_is_cloudevents_and_holds_no_token(whole: Whole) -> None:
    token = whole.token("carol")
    with whole.client(token) as client:
        deployment = whole.ask(client)
        client.delete(f"/deployments/{deployment}")
        whole.becomes(client, deployment, "DELETE_COMPLETE")

    records = asyncio.run(topic(whole.system.urls["kafka"], "deployments"))
    logs = b"".join(file.read_bytes() for file in whole.system.places.logs.iterdir())

    assert all(headers["ce_specversion"] == b"1.0" and headers["ce_id"] for headers, _ in records)
    assert {b"DeploymentRequested", b"SitesRanked", b"TrialFailed"} <= {headers["ce_type"] for headers, _ in records}
    assert token.encode() not in b"".join(value for _, value in records)
    assert token.encode() not in logs
    assert asyncio.run(topic(whole.system.urls["kafka"], "deployments.dead")) == []
