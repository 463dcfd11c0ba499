"""Webhooks and deliveries in PostgreSQL; see `ports.Deliveries` for what is promised."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.callbacks import Claim, Claimed, Delivery, DeliveryState, Logged, News, Verdict, Webhook
from shared.contracts.vocabulary import DeploymentId, Principal

ADD = text("""
    WITH news AS (
        SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:issuers AS text[]), CAST(:subjects AS text[]),
                             CAST(:callbacks AS text[]), CAST(:bodies AS text[]))
            WITH ORDINALITY AS n(id, issuer, subject, callback, body, nth)
    ), places AS (
        SELECT id, 'callback' AS place, NULL AS webhook, callback AS url, body, nth FROM news WHERE callback IS NOT NULL
        UNION ALL
        SELECT n.id, w.id, w.id, w.url, n.body, n.nth
        FROM news n JOIN webhooks w ON w.issuer = n.issuer AND w.subject = n.subject
    )
    INSERT INTO deliveries (id, lane, deployment_id, webhook_id, url, body, created_at, due_at)
    SELECT gen_random_uuid()::text, id || '/' || place, id, webhook, url, body, :at, :at FROM places ORDER BY nth
""")
ADD_TEST = text("""
    INSERT INTO deliveries (id, lane, deployment_id, webhook_id, url, body, created_at, due_at)
    VALUES (:id, :lane, '', :webhook, :url, :body, :at, :at)
""")
CLAIM = text("""
    WITH due AS (
        SELECT place FROM deliveries d
        WHERE state = 'waiting' AND due_at <= :at AND NOT EXISTS (
            SELECT 1 FROM deliveries earlier
            WHERE earlier.lane = d.lane AND earlier.state = 'waiting' AND earlier.place < d.place
        )
        ORDER BY due_at, place LIMIT :room FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d SET due_at = :until, token = :token FROM due WHERE d.place = due.place
    RETURNING d.*, (SELECT sealed FROM webhooks w WHERE w.id = d.webhook_id) AS sealed
""")
RECORD = text("""
    UPDATE deliveries SET state = :state, due_at = :due, code = :code, sentence = :sentence, tried_at = :at,
        attempts = attempts + 1, token = NULL
    WHERE id = :id AND token = :token AND state = 'waiting'
""")
FORGET = text("DELETE FROM deliveries WHERE created_at < :before AND state <> 'waiting'")
REGISTER = text("""
    INSERT INTO webhooks (id, issuer, subject, url, sealed, created_at)
    VALUES (:id, :issuer, :subject, :url, :sealed, :at)
""")
WEBHOOKS = text("""
    SELECT id, url, created_at FROM webhooks WHERE issuer = :issuer AND subject = :subject ORDER BY created_at, id
""")
REMOVE = text("DELETE FROM webhooks WHERE id = :id")
OF_WEBHOOK = text("SELECT * FROM deliveries WHERE webhook_id = :id ORDER BY place DESC LIMIT :limit")
OF_DEPLOYMENT = text("SELECT * FROM deliveries WHERE deployment_id = :id ORDER BY place DESC LIMIT :limit")


class PostgresDeliveries:
    """The store of webhooks and deliveries."""

    async def add(self, connection: AsyncConnection, news: Sequence[News], at: datetime) -> bool:
        """Write down what is to be told."""
        columns = {
            "ids": [one.deployment for one in news],
            "issuers": [one.owner.issuer for one in news],
            "subjects": [one.owner.subject for one in news],
            "callbacks": [one.callback for one in news],
            "bodies": [one.body for one in news],
            "at": at,
        }
        return (await connection.execute(ADD, columns)).rowcount > 0

    async def add_test(self, connection: AsyncConnection, webhook: Webhook, body: str, at: datetime) -> str:
        """Write down something to be told at one webhook; nothing waits for it and it waits for nothing."""
        name = str(uuid.uuid4())
        row = {"id": name, "lane": f"test/{name}", "webhook": webhook.id, "url": webhook.url, "body": body, "at": at}
        await connection.execute(ADD_TEST, row)
        return name

    async def claim(self, connection: AsyncConnection, claim: Claim) -> Sequence[Claimed]:
        """Lease what is due."""
        rows = await connection.execute(CLAIM, claim._asdict())
        return [Claimed(_delivery(row), row.sealed) for row in rows]

    async def record(
        self, connection: AsyncConnection, claimed: Claimed, verdict: Verdict, token: str, at: datetime
    ) -> None:
        """Write what came of an attempt."""
        row = {
            "id": claimed.delivery.id,
            "token": token,
            "state": verdict.state.value,
            "due": verdict.due_at,
            "code": verdict.code,
            "sentence": verdict.sentence,
            "at": at,
        }
        await connection.execute(RECORD, row)

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        """Forget what is over."""
        await connection.execute(FORGET, {"before": before})

    async def register(self, connection: AsyncConnection, webhook: Webhook, sealed: bytes) -> None:
        """Keep a webhook."""
        row = {"id": webhook.id, "url": webhook.url, "sealed": sealed, "at": webhook.created_at}
        await connection.execute(REGISTER, {**row, **webhook.owner.model_dump()})

    async def webhooks(self, connection: AsyncConnection, owner: Principal) -> Sequence[Webhook]:
        """The owner's webhooks."""
        rows = await connection.execute(WEBHOOKS, owner.model_dump())
        return [Webhook(id=row.id, owner=owner, url=row.url, created_at=row.created_at) for row in rows]

    async def remove(self, connection: AsyncConnection, webhook: str) -> None:
        """Forget a webhook."""
        await connection.execute(REMOVE, {"id": webhook})

    async def log_of_webhook(self, connection: AsyncConnection, webhook: str, limit: int) -> Sequence[Logged]:
        """What was told at a webhook."""
        return [_logged(row) for row in await connection.execute(OF_WEBHOOK, {"id": webhook, "limit": limit})]

    async def log_of_deployment(
        self, connection: AsyncConnection, deployment: DeploymentId, limit: int
    ) -> Sequence[Logged]:
        """What was told about a deployment."""
        return [_logged(row) for row in await connection.execute(OF_DEPLOYMENT, {"id": deployment, "limit": limit})]


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        deployment=row.deployment_id,
        webhook=row.webhook_id,
        url=row.url,
        body=row.body,
        created_at=row.created_at,
        attempts=row.attempts,
    )


def _logged(row: Row[Any]) -> Logged:
    return Logged(_delivery(row), DeliveryState(row.state), row.tried_at, row.code, row.sentence)
