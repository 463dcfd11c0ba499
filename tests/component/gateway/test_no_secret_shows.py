"""Canaries are planted wherever a secret can come in; they are looked for wherever something can come out."""

import logging

import httpx
import pytest
from sqlalchemy import text

from services.gateway.adapters.sealing import Sealer
from services.gateway.adapters.vault import SealedVault
from shared.contracts.between import placeholder
from shared.contracts.deployments import DeploymentCompleted, DeploymentFailed
from shared.contracts.trials import TrialFailed, TrialProgressed, TrialSucceeded
from shared.contracts.vocabulary import Cause, DeploymentId, Revision, TrialNo
from tests.component.gateway.door import ADMINS, TEMPLATE, Door, machine, started

CANARY = "canary-7f3a91"
"""Its presence in what others see, and in any table but sealed, is a leak."""
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----"
PLANTED = TEMPLATE.replace(
    "      properties: {size: 10 GB}\n",
    f"      properties: {{size: 10 GB}}\n      metadata: {{db_password: {CANARY}}}\n",
)
PATHS = ("", "/template", "/timeline", "/trials", "/resources", "/log", "/extrainfo", "/audit", "/deliveries")


async def a_story(door: Door, client: httpx.AsyncClient) -> str:
    """A deployment in whose story every mouth speaks of secrets."""
    parameters = {"admin_password": f"{CANARY}-input"}
    deployment = DeploymentId(await door.create(client, template=PLANTED, parameters=parameters))
    trial, revision = TrialNo(1), Revision(1)
    said = f"auth failed: type = OpenStack; username = ada; password = {CANARY}"
    resources = (machine(1, **{"root.password": CANARY, "private_key": PEM}),)
    outputs = {"kubeconfig": placeholder("kubeconfig"), "password": CANARY, "note": f"login with Bearer {CANARY}"}
    await door.tell(
        started(deployment),
        TrialProgressed(deployment_id=deployment, trial=trial, message=said),
        TrialFailed(
            deployment_id=deployment,
            trial=trial,
            cause=Cause.AUTH,
            sentence=said,
            site_fault=True,
            detail=f"{said}\n{PEM}",
        ),
        TrialSucceeded(deployment_id=deployment, trial=trial, external_id="i-1", outputs=outputs, resources=resources),
        DeploymentCompleted(
            deployment_id=deployment, revision=revision, outputs=outputs, resources=resources, trials=()
        ),
    )
    async with door.service.database.transaction() as connection:
        vault = SealedVault(Sealer([b"k" * 32]))
        await vault.keep_outputs(connection, deployment, trial, {"kubeconfig": f"{CANARY}-vault"})
    return deployment


async def test_others_are_shown_no_secret_whatever_they_ask_for(door: Door) -> None:
    async with door.client() as alice, door.client("bob") as bob, door.client("olga", ADMINS) as olga:
        deployment = await a_story(door, alice)
        for who in (bob, olga):
            shown = [await who.get(f"/deployments/{deployment}{path}") for path in PATHS]
            shown.append(await who.get("/deployments?userGroup=users"))
            for answer in shown:
                assert CANARY not in answer.text, (str(answer.url), answer.text)
            assert shown[0].json()["outputs"]["kubeconfig"] == "[hidden]"


async def test_the_owner_is_shown_what_is_his_and_only_where_it_belongs(door: Door) -> None:
    async with door.client() as alice:
        deployment = await a_story(door, alice)
        whole = (await alice.get(f"/deployments/{deployment}")).json()
        listed = (await alice.get("/deployments")).json()["content"][0]
        story = await alice.get(f"/deployments/{deployment}/timeline")
        template = await alice.get(f"/deployments/{deployment}/template")

    assert whole["outputs"]["kubeconfig"] == f"{CANARY}-vault"
    assert f"{CANARY}-vault" not in str(listed)
    assert CANARY not in story.text
    assert f"{CANARY}-input" not in template.text


async def test_no_table_and_no_log_holds_what_was_entrusted_to_the_vault(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with door.client() as alice:
            deployment = await a_story(door, alice)
            await alice.get(f"/deployments/{deployment}")
            token = alice.headers["authorization"].split()[1]
            await alice.post("/deployments", json={"template": f"password: {CANARY}-input"})
            await alice.put(
                f"/deployments/{deployment}", json={"template": "x", "parameters": {"a": f"{CANARY}-input"}}
            )

    async with door.service.database.transaction() as connection:
        tables = await connection.scalars(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
        )
        for table in list(tables):
            rows = (await connection.execute(text(f'SELECT * FROM "{table}"'))).all()
            shown = "".join(
                str(bytes(cell)) if isinstance(cell, bytes | memoryview) else str(cell) for row in rows for cell in row
            )
            for secret in (f"{CANARY}-input", f"{CANARY}-vault", token):
                assert secret not in shown, table
    for secret in (CANARY, token):
        assert secret not in caplog.text


async def test_nothing_that_is_told_of_a_failure_outside_holds_a_secret(door: Door) -> None:
    said = f"auth failed: password = {CANARY}"
    async with door.client() as alice:
        deployment = await door.create(alice, callback="https://portal.example.org/")
        failed = DeploymentFailed(
            deployment_id=DeploymentId(deployment), revision=Revision(1), cause=Cause.AUTH, sentence=said
        )
        await door.tell(failed)
    async with door.service.database.transaction() as connection:
        bodies = list(await connection.scalars(text("SELECT body FROM deliveries")))

    assert len(bodies) == 2
    assert CANARY not in "".join(bodies)
