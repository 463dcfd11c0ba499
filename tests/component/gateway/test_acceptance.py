"""A request is accepted whole or not at all."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.gateway.adapters.vault import SealedVault
from services.gateway.adapters.views import PostgresViews
from services.gateway.app.accept import Acceptance, Accepted
from services.gateway.app.asking import Forbidden, KeyTaken, Refused, Unknown
from services.gateway.app.change import Ask, Changes, NewForm
from services.gateway.app.story import Bell, Chronicle
from services.gateway.domain.custody import EXPIRED
from services.gateway.domain.view import Status, View
from services.gateway.ports import Kept, Secret, Withheld
from shared.contracts.deployments import DeploymentCompleted, DeploymentDeleted, UpdateCompleted
from shared.contracts.message import Message
from shared.contracts.vocabulary import Action, CredentialRef, DeploymentId, Principal, Revision
from shared.identity.caller import Caller
from shared.messaging.database import Database
from shared.messaging.transaction import Work
from tests.support.builders import GROUP, ISSUER, NOON, a_request, an_envelope

TOKEN = "a-token-that-must-not-be-seen"
VIEWS, VAULT = PostgresViews(), SealedVault(b"k" * 32)


def changes(database: Database) -> Changes:
    """Takes wishes about what is there."""
    return Changes(VIEWS, VAULT, database=database, clock=lambda: NOON)


def acceptance(database: Database) -> Acceptance:
    """The gateway's door."""
    return Acceptance(VIEWS, VAULT, database=database, clock=lambda: NOON)


def a_caller(subject: str = "ada", *, hours: int = 1) -> Caller:
    """A user with a token that lives so many hours from noon."""
    return Caller(Principal(issuer=ISSUER, subject=subject), (GROUP,), NOON + timedelta(hours=hours), TOKEN)


def asking(deployment: str, *, key: str | None = None, caller: Caller | None = None) -> Accepted:
    """A request that passed every check."""
    return Accepted(caller or a_caller(), a_request(deployment), {"password": "s3cret"}, key=key)


async def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    async with database.transaction() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_what_was_accepted_is_seen_at_once_with_the_first_entry_of_its_timeline(database: Database) -> None:
    view = await acceptance(database).deploy(asking("d-1"))

    async with database.transaction() as connection:
        assert await VIEWS.one(connection, view.id) == view
        (entry,) = await VIEWS.timeline(connection, view.id, 0, 10)
    assert (entry.seq, entry.type) == (1, "DeploymentRequested")
    assert view.status is Status.CREATE_IN_PROGRESS


async def test_many_at_once_share_transactions_and_lose_nothing(database: Database) -> None:
    door = acceptance(database)

    views = await asyncio.gather(*(door.deploy(asking(f"d-{n}")) for n in range(50)))

    assert [view.id for view in views] == [f"d-{n}" for n in range(50)]
    assert await count(database, "outbox") == await count(database, "timeline") == 50


async def test_a_repeated_request_stands_for_the_first(database: Database) -> None:
    door = acceptance(database)

    first = await door.deploy(asking("d-1", key="k"))
    again = await door.deploy(asking("d-2", key="k"))
    at_once = await asyncio.gather(*(door.deploy(asking(f"d-{n}", key="other")) for n in (3, 4)))

    assert again.id == first.id
    assert len({view.id for view in at_once}) == 1
    assert await count(database, "outbox") == 2


async def test_a_key_that_stands_for_another_request_is_refused(database: Database) -> None:
    door = acceptance(database)
    other = replace(
        asking("d-3", key="k"), request=a_request("d-3").model_copy(update={"template": "another: template"})
    )

    first = await door.deploy(asking("d-1", key="k"))
    with pytest.raises(KeyTaken, match="'k' stands for another request"):
        await door.deploy(other)
    at_once = await asyncio.gather(door.deploy(asking("d-2", key="k")), door.deploy(other), return_exceptions=True)

    assert isinstance(at_once[0], View)
    assert at_once[0].id == first.id
    assert isinstance(at_once[1], KeyTaken)
    assert await count(database, "deployments") == 1


async def test_the_same_key_of_another_user_is_another_request(database: Database) -> None:
    door = acceptance(database)

    first = await door.deploy(asking("d-1", key="k"))
    other = await door.deploy(asking("d-2", key="k", caller=a_caller("bob")))

    assert first.id != other.id


async def test_its_own_event_coming_back_changes_nothing(database: Database) -> None:
    await acceptance(database).deploy(asking("d-1"))
    async with database.transaction() as connection:
        seen = await connection.scalar(text("SELECT message_id FROM inbox"))
        entry = (await VIEWS.timeline(connection, DeploymentId("d-1"), 0, 10))[0]

    assert seen == entry.event_id


async def test_neither_token_nor_secret_stands_in_any_table(database: Database) -> None:
    await acceptance(database).deploy(asking("d-1"))

    async with database.transaction() as connection:
        for table in ("outbox", "timeline", "deployments", "credentials"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert TOKEN not in str(rows)
            assert TOKEN.encode() not in b"".join(cell for row in rows for cell in row if isinstance(cell, bytes))
            assert "s3cret" not in str(rows)


async def test_the_vault_gives_the_owners_freshest_living_token(database: Database) -> None:
    reference = CredentialRef("first")
    fresher = Caller(a_caller().principal, (), NOON + timedelta(hours=5), "fresher")
    async with database.transaction() as connection:
        await VAULT.keep(connection, [Kept(reference, a_caller(), {"password": "s3cret"})], NOON)
        await VAULT.keep(connection, [Kept(CredentialRef("second"), fresher)], NOON)
        later = await VAULT.open(connection, reference, NOON + timedelta(hours=2))
        too_late = await VAULT.open(connection, reference, NOON + timedelta(hours=6))

    assert isinstance(later, Secret)
    assert (later.token, later.secret_inputs) == ("fresher", {"password": "s3cret"})
    assert too_late == Withheld(EXPIRED)


async def test_only_the_owner_can_delete_and_only_once(database: Database) -> None:
    view = await acceptance(database).deploy(asking("d-1"))
    door = changes(database)

    with pytest.raises(Forbidden):
        await door.delete(Ask(a_caller("bob"), view.id), force=False)
    with pytest.raises(Unknown):
        await door.delete(Ask(replace(a_caller("bob"), groups=("others",)), view.id), force=False)
    going = await door.delete(Ask(a_caller(), view.id), force=False)
    with pytest.raises(Refused, match="already in DELETE_IN_PROGRESS"):
        await door.delete(Ask(a_caller(), view.id), force=False)

    assert going.status is Status.DELETE_IN_PROGRESS


async def test_what_does_not_stand_can_neither_be_changed_nor_acted_upon(database: Database) -> None:
    view = await acceptance(database).deploy(asking("d-1"))
    door, ask, request = changes(database), Ask(a_caller(), view.id), a_request("d-1")

    with pytest.raises(Refused, match="CREATE_IN_PROGRESS"):
        await door.update(ask, NewForm(request.topology, "new", request.limits))
    with pytest.raises(Refused, match="CREATE_IN_PROGRESS"):
        await door.act(ask, Action.STOP, ["vm-1"])
    with pytest.raises(Refused, match="CREATE_IN_PROGRESS"):
        await door.reset(ask)


async def test_an_update_is_shown_at_once_with_the_new_template_and_ends_with_its_own_revision(
    database: Database,
) -> None:
    view = await acceptance(database).deploy(asking("d-1"))
    await _hear(database, DeploymentCompleted(deployment_id=view.id, revision=Revision(1), trials=()))
    door, request = changes(database), a_request("d-1")

    updating = await door.update(Ask(a_caller(), view.id), NewForm(request.topology, "new", request.limits))
    with pytest.raises(Refused, match="UPDATE_IN_PROGRESS"):
        await door.update(Ask(a_caller(), view.id), NewForm(request.topology, "newer", request.limits))
    late = await _hear(database, UpdateCompleted(deployment_id=view.id, revision=Revision(1)))
    done = await _hear(database, UpdateCompleted(deployment_id=view.id, revision=Revision(2), outputs={"ip": "x"}))

    assert updating.status is late.status is Status.UPDATE_IN_PROGRESS
    assert (done.status, done.outputs) == (Status.UPDATE_COMPLETE, {"ip": "x"})
    async with database.transaction() as connection:
        assert await VIEWS.template(connection, view.id) == "new"


async def _hear(database: Database, event: Message) -> View:
    """The view after something was told."""
    async with database.transaction() as connection:
        await Chronicle(VIEWS, VAULT, lambda _: None).fold(Work(connection, "gateway", NOON), [an_envelope(event)])
        view = await VIEWS.one(connection, DeploymentId("d-1"))
    assert view is not None
    return view


async def test_a_lost_view_is_built_again_from_the_story(database: Database) -> None:
    rung: list[DeploymentId] = []
    chronicle = Chronicle(VIEWS, VAULT, rung.extend)
    story = [
        an_envelope(a_request("d-9"), id="1"),
        an_envelope(DeploymentDeleted(deployment_id=DeploymentId("d-9")), id="2"),
    ]

    async with database.transaction() as connection:
        work = Work(connection, "gateway", NOON)
        await chronicle.fold(work, story)
        work.committed()
        view = await VIEWS.one(connection, DeploymentId("d-9"))

    assert view is not None
    assert view.status is Status.DELETE_COMPLETE
    assert rung == ["d-9"]


async def test_whoever_waits_for_news_is_woken_by_them() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.news(DeploymentId("d"), 5))
    await asyncio.sleep(0)
    bell.ring([DeploymentId("d")])

    await asyncio.wait_for(waiting, 1)
