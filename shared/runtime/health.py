"""Live, ready, metrics: what an operator's tools ask every service."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from shared.messaging.database import Database
from shared.messaging.metrics import Meters

Check = Callable[[], Awaitable[str | None]]
"""Returns nothing when all is well, else a sentence."""

TIMEOUT = 2.0
STALE_OUTBOX = 30.0


def health_routes(checks: Mapping[str, Check], meters: Meters) -> APIRouter:
    """`/health/live`, `/health/ready` (200 or 503, each check with its sentence) and `/metrics`."""
    router = APIRouter()

    @router.get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        answers = dict(zip(checks, await asyncio.gather(*(_ask(check) for check in checks.values())), strict=True))
        status = 200 if not any(answers.values()) else 503
        return JSONResponse({name: answer or "ok" for name, answer in answers.items()}, status)

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        await asyncio.gather(*(_ask(check) for check in checks.values()))  # they set the gauges
        return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def database_check(database: Database) -> Check:
    """Whether PostgreSQL answers."""

    async def check() -> str | None:
        await database.ping()
        return None

    return check


def outbox_check(database: Database, meters: Meters) -> Check:
    """Whether the relay keeps up: the oldest waiting record is younger than half a minute. Sets the outbox gauges."""

    async def check() -> str | None:
        async with database.transaction() as connection:
            row = (await connection.execute(text("SELECT count(*) AS n, min(written_at) AS oldest FROM outbox"))).one()
        age = max(0.0, time.time() - row.oldest.timestamp()) if row.oldest else 0.0
        meters.outbox_size.set(row.n)
        meters.outbox_age.set(age)
        return f"{row.n} records wait, the oldest for {age:.0f} s" if age > STALE_OUTBOX else None

    return check


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await check()
    except TimeoutError:
        return f"no answer within {TIMEOUT:.0f} s"
    except Exception as problem:  # noqa: BLE001 - whatever it is, it is the answer
        return f"{type(problem).__name__}"
