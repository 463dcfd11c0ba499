"""Slam with a real folder and a real PostgreSQL."""

from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.slam.adapters.agreements import PostgresAgreements
from services.slam.adapters.folder import FederationFolder
from services.slam.api.routes import routes
from services.slam.app.refresh import Refresh
from services.slam.main import MIGRATIONS
from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.envelope import known_types, read
from shared.contracts.streams import AGREEMENTS
from shared.messaging.database import Database
from shared.messaging.transaction import load_headers
from shared.runtime.errors import install_error_shape
from shared.runtime.yaml_files.problems import problems_route
from tests.support.builders import NOON
from tests.support.postgres import Migrated

GOOD = "group: users\nsite: bari\nstarts: 2026-01-01\nends: 2026-12-31\n"


@dataclass
class Slam:
    """The service's parts on one store and one folder."""

    database: Database
    folder: Path
    refresh: Refresh

    def write(self, agreement: str, contents: str = GOOD) -> None:
        """An agreement's file."""
        (self.folder / f"{agreement}.yaml").write_text(contents)

    async def told(self) -> list[tuple[str, AgreementState, int]]:
        """What has been told so far, in order: which agreement, its state and its priority."""
        query = text("SELECT headers, value FROM outbox WHERE topic = :topic ORDER BY seq")
        async with self.database.transaction() as connection:
            rows = await connection.execute(query, {"topic": AGREEMENTS.topic})
            envelopes = [read(load_headers(row.headers), row.value, known_types(AGREEMENTS)) for row in rows]
        bodies = [envelope.body for envelope in envelopes if envelope is not None]
        return [(body.agreement, body.state, body.priority) for body in bodies if isinstance(body, AgreementChanged)]

    def client(self) -> httpx.AsyncClient:
        """Somebody who reads the API."""
        app = FastAPI()
        install_error_shape(app)
        app.include_router(routes(self.database, PostgresAgreements(), lambda: NOON))
        app.include_router(problems_route(self.refresh.standing))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://slam")


@pytest.fixture
async def slam(fresh: Migrated, tmp_path: Path) -> Slam:
    database, folder = await fresh(MIGRATIONS), tmp_path / "agreements"
    folder.mkdir()
    return Slam(database, folder, Refresh(FederationFolder(folder), PostgresAgreements(), database, lambda: NOON))


async def test_an_agreement_is_told_when_it_changes_and_terminated_once_when_it_is_gone(slam: Slam) -> None:
    slam.write("sla-1")
    await slam.refresh.refresh()
    await slam.refresh.refresh()
    slam.write("sla-1", GOOD + "priority: 5\n")
    await slam.refresh.refresh()
    (slam.folder / "sla-1.yaml").unlink()
    await slam.refresh.refresh()
    await Refresh(FederationFolder(slam.folder), PostgresAgreements(), slam.database, lambda: NOON).refresh()
    assert await slam.told() == [
        ("sla-1", AgreementState.ACTIVE, 0),
        ("sla-1", AgreementState.ACTIVE, 5),
        ("sla-1", AgreementState.TERMINATED, 5),
    ]


async def test_a_broken_file_keeps_the_last_good_agreement_and_says_why(slam: Slam) -> None:
    slam.write("sla-1")
    await slam.refresh.refresh()
    slam.write("sla-1", GOOD.replace("2026-12-31", "2020-12-31"))
    await slam.refresh.refresh()
    assert len(await slam.told()) == 1
    async with slam.client() as client:
        (problem,) = (await client.get("/problems")).json()["problems"]
        assert (await client.get("/agreements/sla-1")).json()["in_force"] is True
    assert (problem["file"], problem["line"]) == ("agreements/sla-1.yaml", 4)
    assert "found an end before the start" in problem["message"]


async def test_who_reads_sees_what_is_in_force_now(slam: Slam) -> None:
    slam.write("over", GOOD.replace("2026-12-31", "2026-02-01"))
    slam.write("now")
    slam.write("later", GOOD.replace("2026-01-01", "2026-06-01"))
    slam.write("others", GOOD.replace("users", "/experts/of x"))
    await slam.refresh.refresh()
    async with slam.client() as client:
        everything = (await client.get("/agreements")).json()["agreements"]
        theirs = (await client.get("/agreements", params={"group": "/experts/of x"})).json()["agreements"]
        missing = (await client.get("/agreements/none")).json()
    assert {agreement["id"]: agreement["in_force"] for agreement in everything} == {
        "later": False,
        "now": True,
        "others": True,
        "over": False,
    }
    assert [agreement["id"] for agreement in theirs] == ["others"]
    assert missing == {"code": 404, "title": "Not Found", "message": "There is no agreement 'none'."}
