"""Slam whole, on a real PostgreSQL, with a clock that tests move and people whose tokens are their names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from services.slam.adapters.agreements import PostgresAgreements
from services.slam.adapters.folder import FederationFolder
from services.slam.api.acting import acting_routes
from services.slam.api.old import old_routes
from services.slam.api.problems import show_refusals
from services.slam.api.routes import routes
from services.slam.api.who import acting
from services.slam.app.keeping import Keeping
from services.slam.app.looking import Look
from services.slam.app.negotiate import Negotiation
from services.slam.app.refresh import Refresh
from services.slam.app.turning import Turning
from services.slam.domain.rights import Naming, Rights
from services.slam.domain.sites import Sites
from services.slam.main import MIGRATIONS
from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import known_types, read
from shared.contracts.streams import AGREEMENTS
from shared.contracts.topology import Json
from shared.contracts.vocabulary import AgreementId, Principal
from shared.failures import Permanent
from shared.identity.caller import Caller
from shared.identity.http import who_calls
from shared.messaging.database import Database
from shared.messaging.transaction import load_headers
from shared.runtime.errors import install_error_shape
from shared.runtime.migrations import migrate
from shared.runtime.yaml_files.problems import problems_route
from tests.support.builders import ISSUER, NOON, a_service, a_site, an_envelope

MONTH = timedelta(days=30)
GROUPS = {
    "anna": ("biomed/users", "biomed/users/managers"),
    "mia": ("biomed/users",),
    "owen": (),
    "olga": (),
    "ada": ("admins",),
    "eve": ("others", "others/managers"),
}
"""A manager, a member, two owners of cineca, an administrator, and a manager of others."""
OWNERS = tuple(Principal(issuer=ISSUER, subject=name) for name in ("owen", "olga"))


class NamesAsTokens:
    """`Identities`: whoever says a known name is that person."""

    async def caller(self, token: str) -> Caller:
        if token not in GROUPS:
            raise Permanent("The token proves nothing.")
        principal = Principal(issuer=ISSUER, subject=token)
        return Caller(principal, GROUPS[token], NOON + timedelta(days=9999), token, admin=token == "ada")


@dataclass
class Slam:
    """The service's parts on one store and one folder."""

    database: Database
    folder: Path
    now: datetime = NOON
    known: bool = True
    minted: int = 0
    sites: Sites = field(default_factory=Sites)

    def __post_init__(self) -> None:
        open_, closed = a_service("cineca-open").model_copy(update={"public": True}), a_service("cineca-compute")
        self.sites.fold(an_envelope(a_site("cineca", closed, open_).model_copy(update={"owners": OWNERS})))
        self.sites.fold(an_envelope(a_site("bari")))
        self.start()

    def start(self) -> None:
        """Begin anew, as after a restart: nothing is left but the store and the folder."""
        agreements, rights = PostgresAgreements(), Rights(Naming(("{group}",), ("{group}/managers",)))
        keeping = Keeping(agreements, MONTH)
        self.look = Look(agreements, self.database, rights, self.sites, MONTH)
        self.negotiation = Negotiation(
            agreements, keeping, self.database, rights, self.sites, lambda: self.known, self.clock, self.mint
        )
        self.refresh = Refresh(FederationFolder(self.folder), agreements, keeping, self.database, self.clock)
        self.turning = Turning(agreements, keeping, self.database, self.clock)

    def clock(self) -> datetime:
        return self.now

    def mint(self) -> AgreementId:
        self.minted += 1
        return AgreementId(f"a-{self.minted}")

    async def told(self) -> list[AgreementChanged]:
        """What has been told so far, in order."""
        query = text("SELECT headers, value FROM outbox WHERE topic = :topic ORDER BY seq")
        async with self.database.transaction() as connection:
            rows = await connection.execute(query, {"topic": AGREEMENTS.topic})
            envelopes = [read(load_headers(row.headers), row.value, known_types(AGREEMENTS)) for row in rows]
        bodies = [envelope.body for envelope in envelopes if envelope is not None]
        return [body for body in bodies if isinstance(body, AgreementChanged)]

    async def states(self, agreement: str = "a-1") -> list[str]:
        """The states told of one agreement, in order."""
        return [change.state.value for change in await self.told() if change.agreement == agreement]

    async def upgrade(self) -> None:
        """Bring the store to the newest version."""
        await migrate(self.database, MIGRATIONS)

    def write(self, agreement: str, contents: str) -> None:
        """An agreement's file."""
        (self.folder / f"{agreement}.yaml").write_text(contents)

    def client(self, who: str | None = None) -> httpx.AsyncClient:
        """Somebody at the API."""
        app = FastAPI()
        install_error_shape(app)
        show_refusals(self.clock, MONTH)(app)
        person = acting(who_calls(NamesAsTokens()))
        app.include_router(routes(person, self.look, self.refresh.standing, self.clock))
        app.include_router(acting_routes(person, self.negotiation, self.look))
        app.include_router(old_routes(person, self.look, self.clock))
        app.include_router(problems_route(self.refresh.standing))
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://slam", headers=headers)

    async def ask(
        self, who: str | None, method: str, path: str, body: Json = None, headers: Sequence[tuple[str, str]] = ()
    ) -> httpx.Response:
        """One request of one person."""
        async with self.client(who) as client:
            return await client.request(method, path, json=body, headers=dict(headers))

    async def do(self, who: str, act: str, revision: int, agreement: str = "a-1", **more: Json) -> httpx.Response:
        """One act."""
        return await self.ask(who, "POST", f"/agreements/{agreement}/{act}", {"revision": revision, **more})

    async def draft(self, who: str = "anna", **more: Json) -> httpx.Response:
        """A new draft of 64 cores at cineca, for 90 days from noon."""
        return await self.ask(who, "POST", "/agreements", {"terms": terms(**more)})


def terms(**more: Json) -> dict[str, Json]:
    """Terms as a client sends them."""
    return {
        "group": "biomed/users",
        "site": "cineca",
        "services": ["cineca-compute"],
        "starts": NOON.isoformat(),
        "ends": (NOON + timedelta(days=90)).isoformat(),
        "targets": [{"type": "num_cpus", "total_limit": 64}],
    } | more
