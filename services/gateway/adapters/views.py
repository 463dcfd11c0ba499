"""Views and timelines in PostgreSQL; see `ports.Views` for what is promised."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.resources import Part
from services.gateway.domain.view import View
from services.gateway.ports import Order, Page, Question, Repeated, SortedBy, Told, Viewed
from shared.contracts.vocabulary import DeploymentId, Principal

ADD = text("""
    INSERT INTO deployments (id, issuer, subject, user_group, status, created_at, updated_at, last_seq,
                             view, template, parts, parameters)
    SELECT i, s, u, g, st, c, c, 0, v, t, p, q FROM unnest(
        CAST(:ids AS text[]), CAST(:issuers AS text[]), CAST(:subjects AS text[]), CAST(:groups AS text[]),
        CAST(:statuses AS text[]), CAST(:created AS timestamptz[]), CAST(:views AS text[]), CAST(:templates AS text[]),
        CAST(:parts AS text[]), CAST(:parameters AS text[])
    ) AS rows(i, s, u, g, st, c, v, t, p, q)
    ON CONFLICT DO NOTHING
""")
LOAD = text("SELECT id, view, last_seq FROM deployments WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id FOR UPDATE")
SAVE = text("""
    UPDATE deployments SET view = u.view, status = u.status, last_seq = u.seq, updated_at = u.updated
    FROM unnest(CAST(:ids AS text[]), CAST(:views AS text[]), CAST(:statuses AS text[]), CAST(:seqs AS int[]),
                CAST(:updates AS timestamptz[])) AS u(id, view, status, seq, updated)
    WHERE deployments.id = u.id
""")
APPEND = text("""
    INSERT INTO timeline (deployment_id, seq, event_id, type, source, at, sentence, body)
    SELECT * FROM unnest(
        CAST(:ids AS text[]), CAST(:seqs AS int[]), CAST(:events AS text[]), CAST(:types AS text[]),
        CAST(:sources AS text[]), CAST(:ats AS timestamptz[]), CAST(:sentences AS text[]), CAST(:bodies AS text[])
    )
""")
ONE = text("SELECT view FROM deployments WHERE id = :id")
TEMPLATE = text("SELECT template FROM deployments WHERE id = :id")
ORDER = text("SELECT template, parts, parameters FROM deployments WHERE id = :id")
REORDER = text("""
    UPDATE deployments SET template = :template, parts = :parts, parameters = :parameters WHERE id = :id
""")
TIMELINE = text("""
    SELECT deployment_id, seq, event_id, type, source, at, sentence, body FROM timeline
    WHERE deployment_id = :id AND seq > :after ORDER BY seq LIMIT :limit
""")
LAST_TOLD = text("""
    SELECT deployment_id, seq, event_id, type, source, at, sentence, body FROM timeline
    WHERE deployment_id = :id AND type = ANY(CAST(:types AS text[])) ORDER BY seq DESC LIMIT 1
""")
MATCHING = """
    FROM deployments WHERE issuer = :issuer
    AND (CAST(:subject AS text) IS NULL OR subject = :subject)
    AND (CAST(:group AS text) IS NULL OR user_group = :group)
    AND NOT status = ANY(CAST(:excluded AS text[]))
"""
COUNT = text(f"SELECT count(*) {MATCHING}")
COLUMNS = {SortedBy.CREATED: "created_at", SortedBy.UPDATED: "updated_at", SortedBy.STATUS: "status"}
LISTS = {
    (by, descending): text(
        f"SELECT view {MATCHING} ORDER BY {column} {'DESC' if descending else 'ASC'}, id LIMIT :size OFFSET :skip"
    )
    for by, column in COLUMNS.items()
    for descending in (True, False)
}
REMEMBER = text("""
    WITH given AS (
        SELECT * FROM unnest(
            CAST(:issuers AS text[]), CAST(:subjects AS text[]), CAST(:keys AS text[]), CAST(:ids AS text[]),
            CAST(:askeds AS text[])
        ) AS g(issuer, subject, key, deployment_id, asked)
    ), new AS (
        INSERT INTO repeated_requests (issuer, subject, key, deployment_id, asked) SELECT * FROM given ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING RETURNING issuer, subject, key, deployment_id, asked
    )
    SELECT * FROM new UNION ALL
    SELECT r.issuer, r.subject, r.key, r.deployment_id, r.asked
    FROM repeated_requests r JOIN given g USING (issuer, subject, key)
""")

RECALL = text("""
    SELECT deployment_id, asked FROM repeated_requests WHERE issuer = :issuer AND subject = :subject AND key = :key
""")

PARTS: TypeAdapter[tuple[Part, ...]] = TypeAdapter(tuple[Part, ...])


class PostgresViews:
    """The store of views and timelines."""

    async def add(self, connection: AsyncConnection, views: Sequence[tuple[View, Order]]) -> None:
        """Keep new views with what was asked for."""
        if views:
            await connection.execute(ADD, _new_rows(views))

    async def load(self, connection: AsyncConnection, ids: Iterable[DeploymentId]) -> dict[DeploymentId, Viewed]:
        """The views of `ids`, locked in one order."""
        rows = await connection.execute(LOAD, {"ids": sorted(set(ids))})
        return {DeploymentId(row.id): Viewed(View.model_validate_json(row.view), row.last_seq) for row in rows}

    async def save(self, connection: AsyncConnection, views: Sequence[Viewed], told: Sequence[Told]) -> None:
        """Write the views as they are now, and append to their timelines."""
        if views:
            columns = {
                "ids": [viewed.view.id for viewed in views],
                "views": [_dump(viewed.view) for viewed in views],
                "statuses": [viewed.view.status.value for viewed in views],
                "seqs": [viewed.last_seq for viewed in views],
                "updates": [viewed.view.updated_at for viewed in views],
            }
            await connection.execute(SAVE, columns)
        if told:
            await connection.execute(APPEND, _timeline_rows(told))

    async def one(self, connection: AsyncConnection, deployment: DeploymentId) -> View | None:
        """One view."""
        found = await connection.scalar(ONE, {"id": deployment})
        return View.model_validate_json(found) if found is not None else None

    async def template(self, connection: AsyncConnection, deployment: DeploymentId) -> str | None:
        """The template with its inputs filled in."""
        found: str | None = await connection.scalar(TEMPLATE, {"id": deployment})
        return found

    async def order(self, connection: AsyncConnection, deployment: DeploymentId) -> Order | None:
        """What was last asked for."""
        row = (await connection.execute(ORDER, {"id": deployment})).first()
        if row is None:
            return None
        return Order(row.template, PARTS.validate_json(row.parts), json.loads(row.parameters))

    async def reorder(self, connection: AsyncConnection, deployment: DeploymentId, order: Order) -> None:
        """This is asked for from now on."""
        await connection.execute(REORDER, {"id": deployment, **_order_row(order)})

    async def timeline(
        self, connection: AsyncConnection, deployment: DeploymentId, after: int, limit: int
    ) -> list[Told]:
        """What was told after entry `after`, in order."""
        rows = await connection.execute(TIMELINE, {"id": deployment, "after": after, "limit": limit})
        return [Told(*row) for row in rows]

    async def last_told(
        self, connection: AsyncConnection, deployment: DeploymentId, types: Sequence[str]
    ) -> Told | None:
        """The latest entry of one of these types."""
        row = (await connection.execute(LAST_TOLD, {"id": deployment, "types": list(types)})).first()
        return Told(*row) if row is not None else None

    async def page(self, connection: AsyncConnection, question: Question) -> Page:
        """A page of the views that a question asks for."""
        asked = {
            "issuer": question.issuer,
            "subject": question.subject,
            "group": question.user_group,
            "excluded": list(question.excluded),
        }
        total = await connection.scalar(COUNT, asked)
        window = {"size": question.size, "skip": question.page * question.size}
        rows = await connection.execute(LISTS[question.sorted_by, question.descending], {**asked, **window})
        return Page([View.model_validate_json(row.view) for row in rows], total or 0)

    async def remember(
        self, connection: AsyncConnection, keys: Mapping[tuple[Principal, str], Repeated]
    ) -> dict[tuple[Principal, str], Repeated]:
        """What each idempotency key stands for."""
        if not keys:
            return {}
        columns = {
            "issuers": [owner.issuer for owner, _ in keys],
            "subjects": [owner.subject for owner, _ in keys],
            "keys": [key for _, key in keys],
            "ids": [repeated.deployment for repeated in keys.values()],
            "askeds": [repeated.asked for repeated in keys.values()],
        }
        rows = await connection.execute(REMEMBER, columns)
        return {(Principal(issuer=row.issuer, subject=row.subject), row.key): _repeated(row) for row in rows}

    async def recall(self, connection: AsyncConnection, owner: Principal, key: str) -> Repeated | None:
        """What a user's idempotency key stands for, if anything."""
        asked = {"issuer": owner.issuer, "subject": owner.subject, "key": key}
        row = (await connection.execute(RECALL, asked)).first()
        return _repeated(row) if row is not None else None


def _repeated(row: Row[Any]) -> Repeated:
    return Repeated(DeploymentId(row.deployment_id), row.asked)


def _order_row(order: Order) -> dict[str, str]:
    return {
        "template": order.template,
        "parts": PARTS.dump_json(tuple(order.parts), exclude_defaults=True).decode(),
        "parameters": json.dumps(dict(order.parameters)),
    }


def _new_rows(views: Sequence[tuple[View, Order]]) -> dict[str, list[object]]:
    orders = [_order_row(order) for _, order in views]
    return {
        "ids": [view.id for view, _ in views],
        "issuers": [view.owner.issuer for view, _ in views],
        "subjects": [view.owner.subject for view, _ in views],
        "groups": [view.user_group for view, _ in views],
        "statuses": [view.status.value for view, _ in views],
        "created": [view.created_at for view, _ in views],
        "views": [_dump(view) for view, _ in views],
        "templates": [order["template"] for order in orders],
        "parts": [order["parts"] for order in orders],
        "parameters": [order["parameters"] for order in orders],
    }


def _timeline_rows(told: Sequence[Told]) -> dict[str, list[object]]:
    return {
        "ids": [entry.deployment_id for entry in told],
        "seqs": [entry.seq for entry in told],
        "events": [entry.event_id for entry in told],
        "types": [entry.type for entry in told],
        "sources": [entry.source for entry in told],
        "ats": [entry.at for entry in told],
        "sentences": [entry.sentence for entry in told],
        "bodies": [entry.body for entry in told],
    }


def _dump(view: View) -> str:
    return view.model_dump_json(exclude_defaults=True)
