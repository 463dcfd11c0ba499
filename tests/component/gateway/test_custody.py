"""The right to act for an owner who is away is kept, renewed, and let go when nobody needs it."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from services.gateway.app.change import Ask
from services.gateway.app.custody import LEASE
from services.gateway.domain.custody import Unheard
from services.gateway.ports import Secret, Withheld
from shared.contracts.deployments import DeploymentCompleted, DeploymentDeleted
from shared.contracts.vocabulary import CredentialRef, DeploymentId, Principal, Revision
from shared.identity.caller import Caller
from tests.component.gateway.custody_world import HOUR, World
from tests.support.builders import GROUP, ISSUER


async def test_a_token_is_exchanged_before_anybody_gets_it(world: World) -> None:
    reference = await world.accept("d-1", password="s3cret")
    before = await world.open(reference)

    assert await world.custody.round() == 1
    after = await world.open(reference)

    assert isinstance(before, Withheld)
    assert before.for_now
    assert world.iam.shown == ["first"]
    assert isinstance(after, Secret)
    assert (after.token, after.secret_inputs) == ("access-1", {"password": "s3cret"})
    assert (after.owner.subject, after.group, after.deployment) == ("ada", GROUP, "d-1")
    assert await world.told() == []


async def test_it_is_renewed_at_half_its_life_with_the_last_refresh_token(world: World) -> None:
    reference = await world.accept("d-1")
    await world.custody.round()
    world.now += 0.49 * HOUR
    assert await world.custody.round() == 0

    for _ in range(2):
        world.now += 0.51 * HOUR
        assert await world.custody.round() == 1

    assert world.iam.shown == ["first", "refresh-1", "refresh-2"]
    assert await world.token(reference) == "access-3"


async def test_many_requests_of_one_owner_are_one_exchange(world: World) -> None:
    references = await asyncio.gather(*(world.accept(f"d-{n}", token=f"t-{n % 3}") for n in range(20)))
    await world.custody.round()

    assert len(world.iam.shown) == 1
    assert {await world.token(reference) for reference in references} == {"access-1"}


async def test_two_gateways_never_use_one_refresh_token_twice(world: World) -> None:
    await world.accept("d-1")
    world.iam.before.clear()
    first = asyncio.create_task(world.custody.round())
    await world.iam.asked.wait()

    assert await world.another_keeper().round() == 0
    world.iam.before.set()
    await first
    assert world.iam.shown == ["first"]


async def test_what_a_gateway_had_in_hand_when_it_died_is_taken_up_by_another(world: World) -> None:
    reference = await world.accept("d-1")
    world.iam.before.clear()
    dying = asyncio.create_task(world.custody.round())
    await world.iam.asked.wait()
    dying.cancel()
    world.iam.before.set()

    assert await world.another_keeper().round() == 0
    world.now += LEASE + timedelta(seconds=1)
    assert await world.another_keeper().round() == 1
    assert await world.token(reference) == "access-2"


async def test_an_issuer_that_is_away_is_asked_again_and_nothing_is_lost(world: World) -> None:
    reference = await world.accept("d-1")
    await world.custody.round()
    world.now += HOUR / 2
    away = Unheard("away")
    world.iam.answers = [away] * 3

    for _ in range(3):
        assert await world.custody.round() == 1
        assert await world.custody.round() == 0
        world.now += timedelta(minutes=6)
    assert await world.token(reference) == "access-1"
    world.now += HOUR
    waits = await world.open(reference)
    await world.custody.round()

    assert isinstance(waits, Withheld)
    assert waits.for_now
    assert await world.told() == []
    assert await world.token(reference) == "access-5"


async def test_nobody_keeps_the_right_of_somebody_who_needs_nothing(world: World) -> None:
    reference = await world.accept("d-1")
    await world.custody.round()
    await world.hear(
        DeploymentCompleted(deployment_id=DeploymentId("d-1"), revision=Revision(1), trials=(), outputs={})
    )
    world.now += HOUR / 2
    await world.custody.round()
    assert world.iam.shown == ["first", "refresh-1"]

    world.now += HOUR
    await world.custody.round()

    assert world.iam.shown == ["first", "refresh-1"]
    assert await world.count("grants") == 0
    assert isinstance(await world.open(reference), Withheld)


async def test_what_was_let_go_is_taken_up_again_if_it_still_lives(world: World) -> None:
    reference = await world.accept("d-1")
    async with world.database.transaction() as connection:
        await connection.execute(text("DELETE FROM grants"))

    waits = await world.open(reference)
    await world.custody.round()

    assert isinstance(waits, Withheld)
    assert waits.for_now
    assert await world.token(reference) == "access-1"


async def test_what_is_deleted_leaves_no_credential_behind(world: World) -> None:
    reference = await world.accept("d-1")
    await world.hear(DeploymentDeleted(deployment_id=DeploymentId("d-1")))

    assert await world.open(reference) is None
    assert await world.count("credentials") == 0


async def test_an_unknown_reference_is_not_one_whose_owner_is_away(world: World) -> None:
    assert await world.open(CredentialRef("nobody's")) is None


async def test_an_administrators_token_is_not_taken_for_the_owners(plain: World) -> None:
    await plain.accept("d-1")
    await plain.hear(
        DeploymentCompleted(deployment_id=DeploymentId("d-1"), revision=Revision(1), trials=(), outputs={})
    )
    root = Caller(Principal(issuer=ISSUER, subject="root"), ("admins",), plain.now + HOUR, "root's", admin=True)

    await plain.changes.delete(Ask(root, DeploymentId("d-1")), force=False)

    async with plain.database.transaction() as connection:
        rows = await connection.execute(text("SELECT subject, user_group FROM grants ORDER BY subject"))
        assert [tuple(row) for row in rows] == [("ada", GROUP), ("root", "")]
