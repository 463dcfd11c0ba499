"""Canaries go through the whole system; afterwards they are looked for in all that it said anywhere."""

import asyncio

import httpx
from aiokafka import AIOKafkaConsumer

from embedded.services import SERVICES
from tests.integration.story.conftest import TEMPLATE, Whole
from tests.support.waiting import soon

CANARY = "canary-5d20e8"
INPUTS = f"  inputs:\n    admin_password: {{ type: string, default: {CANARY}-default }}\n"
USED = """    web_server:
      type: tosca.nodes.WebServer
      properties: { admin_credential: { user: admin, token: { get_input: admin_password } } }
"""
OUTPUT = '  outputs:\n    login: { value: { concat: ["admin:", { get_input: admin_password }] } }\n'
PLANTED = (
    TEMPLATE.replace("  inputs:\n", INPUTS)
    .replace("    web_server:\n      type: tosca.nodes.WebServer\n", USED)
    .replace("  outputs:\n", OUTPUT)
)
PATHS = ("", "/template", "/timeline", "/trials", "/ranking", "/resources", "/log", "/extrainfo", "/audit")


async def everything_told(bootstrap: str) -> bytes:
    """Keys, headers and values of all records of all topics."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None)
    async with consumer:
        topics = [topic for topic in await consumer.topics() if not topic.startswith("__")]
        consumer.subscribe(topics)
        told, empty = [], 0
        while empty < 3:
            batches = await consumer.getmany(timeout_ms=500)
            empty = 0 if batches else empty + 1
            for record in (record for batch in batches.values() for record in batch):
                told += [record.key or b"", record.value or b"", *(value for _, value in record.headers)]
    return b"\n".join(told)


def written(whole: Whole) -> str:
    """What our services wrote into their logs; the Infrastructure Manager's log is its own."""
    logs = (whole.system.places.logs / f"{service.name}.log" for service in SERVICES)
    return "\n".join(log.read_text(errors="replace") for log in logs)


def a_story(whole: Whole, client: httpx.Client, secret: str) -> str:
    """A deployment with a secret in it that fails over, is changed in vain, survives a killed deployer, and ends."""
    deployment = whole.ask(client, template=PLANTED, parameters={"admin_password": secret})
    client.post("/deployments", json={"template": PLANTED, "parameters": {"admin_password": [secret]}})
    client.post("/plans", json={"template": PLANTED, "parameters": {"admin_password": secret}})
    client.post("/templates/validate", json={"template": f"admin_password: {secret}", "parameters": {"x": secret}})
    whole.system.kill("deployer-im")
    whole.system.start("deployer-im")
    whole.becomes(client, deployment, "CREATE_COMPLETE")
    client.put(f"/deployments/{deployment}", json={"template": f"{secret}: [", "parameters": {"a": secret}})
    return deployment


def test_no_answer_event_log_or_trace_holds_a_secret(whole: Whole) -> None:
    secret, token = f"{CANARY}-given", whole.token("carol")
    with whole.client(token) as carol, whole.client(whole.token("dave")) as dave:
        deployment = a_story(whole, carol, secret)
        hers = carol.get(f"/deployments/{deployment}").json()
        seen = [carol.get(f"/deployments/{deployment}{path}").text for path in PATHS if path]
        seen += [dave.get(f"/deployments/{deployment}{path}").text for path in PATHS]
        carol.delete(f"/deployments/{deployment}")
        whole.becomes(carol, deployment, "DELETE_COMPLETE")
    soon(lambda: len(whole.traces.taken) > 1, within=30, what="the export of spans")
    told = asyncio.run(everything_told(whole.system.kafka()))

    assert hers["outputs"]["login"] == f"admin:{secret}"
    assert deployment.encode() in told
    assert "gateway is up" in written(whole)
    for canary in (secret, token.rpartition(".")[2]):
        assert not [text for text in seen if canary in text]
        assert canary.encode() not in told
        assert canary not in written(whole)
        assert canary.encode() not in b"".join(whole.traces.taken)
