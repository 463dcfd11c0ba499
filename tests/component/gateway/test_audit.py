"""Who did what, and who saw what, is written down, and nobody can take it back."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.gateway.adapters.audit import PostgresBooks
from services.gateway.adapters.sealing import Sealer
from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.app.audit import Trail
from services.gateway.app.audit_verify import ToldAbout, verify_deployment, verify_trail
from services.gateway.domain.audit import AuditQuestion, Entry
from shared.contracts.audit import Deed, Doing, Outcome
from shared.contracts.between import placeholder
from shared.contracts.deployments import DeploymentCompleted
from shared.contracts.envelope import Envelope, known_types, read
from shared.contracts.streams import DEPLOYMENTS
from shared.contracts.trials import TrialStarted
from shared.contracts.vocabulary import DeploymentId, Revision, TrialNo
from shared.messaging.database import Database
from shared.messaging.transaction import load_headers
from tests.component.gateway.door import ADMINS, TEMPLATE, Door, started
from tests.support.builders import NOON

CANARY = "canary-7f3a91"
BOOKS = PostgresBooks()


def trail_of(database: Database) -> Trail:
    """The audit trail of a store."""
    return Trail(BOOKS, database=database, clock=lambda: NOON)


async def entries(door: Door, **asked: object) -> list[Entry]:
    """What is written down, oldest first."""
    trail = door_trail(door)
    await trail.settle()
    found, _ = await trail.read(replace(AuditQuestion(size=1000), **asked))  # type: ignore[arg-type]
    return list(reversed(found))


def door_trail(door: Door) -> Trail:
    """The very trail of a gateway, with what it has not written yet."""
    return next(loop.__self__ for loop in door.service.loops if isinstance(getattr(loop, "__self__", None), Trail))  # type: ignore[attr-defined,no-any-return]


def brief(found: list[Entry]) -> list[tuple[str, str, str]]:
    """Who did what, and how it ended."""
    return [(entry.deed.who.subject if entry.deed.who else "", entry.deed.doing, entry.deed.outcome) for entry in found]


async def test_whatever_changes_something_is_written_with_who_for_whom_and_from_where(door: Door) -> None:
    agent = {"user-agent": "orchent/1.2.9"}
    async with door.client(**agent) as alice, door.client("olga", ADMINS, **agent) as olga:
        deployment = await door.create(alice)
        answer = await olga.delete(f"/deployments/{deployment}?force=true")
        await olga.patch(f"/deployments/{deployment}", json={"status": "DELETE_FAILED"})
    found = await entries(door, about=deployment, issuer=door.issuer)

    assert answer.status_code == 204
    assert brief(found) == [("alice", "create", "done"), ("olga", "delete", "done"), ("olga", "reset", "done")]
    by_alice, by_olga = found[0].deed, found[1].deed
    assert by_alice.owner is None
    assert by_olga.owner is not None
    assert (by_olga.owner.subject, by_olga.group, by_olga.sentence) == ("alice", "users", "By force.")
    assert (by_olga.user_agent, by_olga.client) == ("orchent/1.2.9", "127.0.0.1")
    assert by_olga.request_id == answer.headers["x-request-id"]


async def test_what_was_refused_is_written_too(door: Door) -> None:
    async with door.client() as alice, door.client("bob") as bob, door.client("eve", "others") as eve:
        deployment = await door.create(alice)
        await bob.delete(f"/deployments/{deployment}")
        await eve.get(f"/deployments/{deployment}")
        await eve.get(f"/deployments/{deployment}")
        await bob.get("/audit")
        await door.as_sent({}).get("/deployments")
        await door.as_sent({"authorization": "Bearer nonsense"}).post("/deployments", json={"template": TEMPLATE})
        await alice.post("/deployments", json={"template": "tosca_definitions_version: unknown"})
    found = await entries(door)

    assert sorted(brief(found)) == sorted(
        [
            ("alice", "create", "done"),
            ("bob", "delete", "refused"),
            ("eve", "read", "refused"),
            ("", "authenticate", "refused"),
            ("", "authenticate", "refused"),
            ("alice", "create", "refused"),
        ]
    )
    looked = next(entry.deed for entry in found if entry.deed.doing is Doing.READ)
    assert looked.about == deployment
    assert "(2 times)" in looked.sentence


async def test_a_secret_is_shown_only_after_that_was_written(door: Door) -> None:
    async with door.client() as alice:
        deployment = await _with_a_secret(door, alice)
        shown = await alice.get(f"/deployments/{deployment}")
        async with door.service.database.transaction() as connection:
            written = await connection.scalar(text("SELECT count(*) FROM audit WHERE doing = 'reveal'"))
            await connection.execute(text("ALTER TABLE audit RENAME TO elsewhere"))
        withheld = await alice.get(f"/deployments/{deployment}")

    assert shown.json()["outputs"]["kubeconfig"] == CANARY
    assert written == 1
    assert withheld.status_code == 500
    assert CANARY not in withheld.text


async def test_nothing_is_written_of_an_owner_who_looks_at_what_is_not_secret(door: Door) -> None:
    async with door.client() as alice:
        deployment = await door.create(alice)
        for path in ("", "/template", "/timeline", "/resources"):
            await alice.get(f"/deployments/{deployment}{path}")
        await alice.get("/deployments")

    assert brief(await entries(door)) == [("alice", "create", "done")]


async def test_it_is_written_when_others_read_a_template_and_when_an_administrator_looks(door: Door) -> None:
    async with door.client() as alice, door.client("bob") as bob, door.client("olga", ADMINS) as olga:
        deployment = await door.create(alice)
        await bob.get(f"/deployments/{deployment}")
        await bob.get(f"/deployments/{deployment}/template")
        await olga.get(f"/deployments/{deployment}")

    assert brief(await entries(door))[1:] == [("bob", "read", "done"), ("olga", "read", "done")]


async def test_an_administrator_pages_and_filters_and_an_owner_reads_of_his_own(door: Door) -> None:
    async with door.client() as alice, door.client("bob") as bob, door.client("olga", ADMINS) as olga:
        mine, theirs = await door.create(alice), await door.create(bob)
        await entries(door)
        page = (await olga.get("/audit?size=1&who=bob&doing=create")).json()
        later = (await olga.get("/audit?since=2100-01-01T00:00:00Z")).json()
        vague = await olga.get("/audit?since=2026-01-01T00:00:00")
        own = (await alice.get(f"/deployments/{mine}/audit")).json()
        foreign = await alice.get(f"/deployments/{theirs}/audit")
        other = await door.client("eve", "others").get(f"/deployments/{mine}/audit")

    assert [entry["about"] for entry in page["content"]] == [theirs]
    assert page["page"] == {"size": 1, "totalElements": 1, "totalPages": 1, "number": 0}
    assert page["content"][0]["seq"] == 2
    assert later["content"] == []
    assert vague.status_code == 400
    assert [entry["doing"] for entry in own["content"]] == ["create"]
    assert (foreign.status_code, other.status_code) == (403, 404)


async def test_the_chain_holds_and_shows_its_first_broken_entry(database: Database) -> None:
    trail = trail_of(database)
    for number in range(5):
        trail.note(Deed(at=NOON, doing=Doing.READ, about=f"d-{number}", outcome=Outcome.REFUSED))
    await trail.settle()
    whole = await verify_trail(BOOKS, database)
    async with database.transaction() as connection:
        await connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        await connection.execute(text("""UPDATE audit SET deed = jsonb_set(deed, '{about}', '"d-9"') WHERE seq = 3"""))
    changed = await verify_trail(BOOKS, database)
    async with database.transaction() as connection:
        await connection.execute(text("DELETE FROM audit WHERE seq = 3"))
    removed = await verify_trail(BOOKS, database)

    assert whole.lines == ("The chain holds: 5 entries.",)
    assert "BROKEN at 3: Entry 3 is not what it was" in changed.lines[0]
    assert "BROKEN at 3: Entry 3 is missing" in removed.lines[0]
    assert (whole.whole, changed.whole, removed.whole) == (True, False, False)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit",
        'UPDATE audit SET deed = \'{"doing": "read"}\'',
        "UPDATE audit SET seq = 7",
        "TRUNCATE audit",
    ],
)
async def test_the_table_gives_nothing_back(database: Database, statement: str) -> None:
    trail = trail_of(database)
    trail.note(Deed(at=NOON, doing=Doing.READ, about="d-1"))
    await trail.settle()

    with pytest.raises(DBAPIError, match="only added to"):
        async with database.transaction() as connection:
            await connection.execute(text(statement))


async def test_many_write_and_two_link_without_a_gap(database: Database) -> None:
    trails = [trail_of(database), trail_of(database)]
    deeds = [Deed(at=NOON, doing=Doing.REVEAL, about=f"d-{number}") for number in range(60)]

    await asyncio.gather(
        *(trails[number % 2].write(deed) for number, deed in enumerate(deeds)),
        *(trail.settle() for trail in trails * 5),
    )
    await trails[0].settle()

    assert (await verify_trail(BOOKS, database)).lines == ("The chain holds: 60 entries.",)


async def test_a_deployment_is_built_again_from_what_was_told(door: Door) -> None:
    async with door.client() as alice:
        deployment = DeploymentId(await door.create(alice, callback="https://portal.example.org/"))
        await door.tell(started(deployment))
        asked = await _published(door)
        told = await _with_the_rest(door, asked)
        found = await verify_deployment(deployment, PostgresViews(), door.service.database, _topic(told))
        async with door.service.database.transaction() as connection:
            await connection.execute(text("UPDATE deployments SET view = replace(view, 'cineca', 'elsewhere')"))
        bent = await verify_deployment(deployment, PostgresViews(), door.service.database, _topic(told))
        short = await verify_deployment(deployment, PostgresViews(), door.service.database, _topic(told[1:]))

    assert found.lines == (f"{deployment} is CREATE_IN_PROGRESS, as 2 events of the topic say.",)
    assert (found.whole, bent.whole, short.whole) == (True, False, False)
    assert "trials: stored is" in bent.lines[0]
    assert "no longer has the request" in short.lines[-1]


def _topic(told: list[Envelope]) -> ToldAbout:
    async def about(_: DeploymentId) -> list[Envelope]:
        return told

    return about


async def _published(door: Door) -> list[Envelope]:
    known = known_types(DEPLOYMENTS)
    async with door.service.database.transaction() as connection:
        rows = (await connection.execute(text("SELECT headers, value FROM outbox ORDER BY seq"))).all()
    return [one for row in rows if (one := read(load_headers(row.headers), row.value, known)) is not None]


async def _with_the_rest(door: Door, asked: list[Envelope]) -> list[Envelope]:
    """What the gateway told, and what the test told it, under the id and the time of its timeline."""
    deployment = asked[0].body.key
    async with door.service.database.transaction() as connection:
        timeline = await PostgresViews().timeline(connection, DeploymentId(deployment), 0, 100)
    return [
        *asked,
        *(Envelope(e.event_id, e.source, e.at, TrialStarted.model_validate_json(e.body)) for e in timeline[1:]),
    ]


async def _with_a_secret(door: Door, client: httpx.AsyncClient) -> str:
    deployment = await door.create(client)
    await door.tell(started(deployment))
    async with door.service.database.transaction() as connection:
        await SealedVault(Sealer([b"k" * 32])).keep_outputs(
            connection, DeploymentId(deployment), TrialNo(1), {"kubeconfig": CANARY}
        )
    outputs = {"kubeconfig": placeholder("kubeconfig")}
    await door.tell(
        DeploymentCompleted(deployment_id=DeploymentId(deployment), revision=Revision(1), outputs=outputs, trials=())
    )
    return deployment
