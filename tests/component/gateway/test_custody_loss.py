"""The right to act for an owner is lost once, and back when the owner comes."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from services.gateway.app.accept import Accepted
from services.gateway.app.change import Ask
from services.gateway.app.custody import LEASE
from services.gateway.domain.custody import Granted, Unheard
from services.gateway.ports import Secret, Withheld
from shared.contracts.deployments import DeploymentCompleted
from shared.contracts.vocabulary import DeploymentId, Principal, Revision
from shared.identity.caller import Caller
from tests.component.gateway.custody_world import GONE, HOUR, NEW, World
from tests.support.builders import GROUP, ISSUER, NOON, a_request


async def test_a_refusal_is_told_once_to_each_that_is_not_finished(world: World) -> None:
    references = [await world.accept(f"d-{n}") for n in (1, 2, 3)]
    await world.custody.round()
    await world.hear(
        DeploymentCompleted(deployment_id=DeploymentId("d-3"), revision=Revision(1), trials=(), outputs={})
    )
    world.now += HOUR / 2
    world.iam.answers = [GONE]

    await world.custody.round()
    withheld = await world.open(references[0])
    world.now += 10 * HOUR
    await world.custody.round()

    assert sorted(await world.told()) == [("CredentialLost", "d-1"), ("CredentialLost", "d-2")]
    assert withheld == Withheld(GONE.sentence)


async def test_an_owner_who_comes_again_has_everything_go_on_under_its_own_reference(world: World) -> None:
    mine = await world.accept("d-1", password="s3cret")
    await world.custody.round()
    world.now += HOUR / 2
    world.iam.answers = [GONE]
    await world.custody.round()

    await world.custody.welcome(world.ada("fresh"))
    await world.custody.round()
    await world.custody.round()

    assert await world.told() == [("CredentialLost", "d-1"), ("CredentialRestored", "d-1")]
    assert world.iam.shown[-1] == "fresh"
    back = await world.open(mine)
    assert isinstance(back, Secret)
    assert back.secret_inputs == {"password": "s3cret"}


async def test_a_new_request_of_the_owner_brings_back_the_others_too(world: World) -> None:
    await world.accept("d-1")
    world.iam.answers = [GONE]
    await world.custody.round()

    await world.accept("d-2", token="fresh")
    await world.custody.round()

    assert await world.told() == [("CredentialLost", "d-1"), ("CredentialRestored", "d-1")]


async def test_the_token_that_was_refused_is_not_tried_again(world: World) -> None:
    await world.accept("d-1")
    world.iam.answers = [GONE]
    await world.custody.round()

    await world.custody.welcome(world.ada("first"))
    await world.accept("d-2", token="first")

    assert await world.custody.round() == 0
    assert world.iam.shown == ["first"]


async def test_somebody_else_who_comes_brings_nothing_back(world: World) -> None:
    await world.accept("d-1")
    world.iam.answers = [GONE]
    await world.custody.round()

    other = replace(world.ada("theirs"), principal=Principal(issuer="https://other.example.org", subject="ada"))
    await world.custody.welcome(other)
    await world.custody.welcome(replace(world.ada("theirs-too"), principal=Principal(issuer=ISSUER, subject="bob")))
    await world.custody.welcome(world.ada("of another group", "another"))

    assert await world.custody.round() == 0


async def test_an_owner_who_has_left_the_group_loses_what_was_made_for_it(world: World) -> None:
    reference = await world.accept("d-1")
    await world.custody.round()
    world.now += HOUR / 2
    world.iam.answers = [Granted("access", HOUR, "refresh", ("another",))]

    await world.custody.round()

    assert await world.told() == [("CredentialLost", "d-1")]
    lost = await world.open(reference)
    assert isinstance(lost, Withheld)
    assert GROUP in lost.sentence


async def test_what_is_being_deleted_waits_for_nobody(world: World) -> None:
    await world.accept("d-1")
    await world.custody.round()
    await world.changes.delete(Ask(world.ada(), DeploymentId("d-1")), force=False)
    world.now += HOUR / 2
    world.iam.answers = [GONE]

    await world.custody.round()

    assert await world.told() == []


async def test_a_fresh_token_is_not_overwritten_by_the_refusal_of_the_old_one(world: World) -> None:
    await world.accept("d-1")
    world.iam.answers = [Unheard("away")]
    await world.custody.round()
    world.now += timedelta(minutes=1)
    world.iam.answers = [GONE]
    world.iam.before.clear()
    world.iam.asked.clear()
    round_ = asyncio.create_task(world.custody.round())
    await world.iam.asked.wait()

    await world.accept("d-2", token="fresh")
    world.iam.before.set()
    await round_
    await world.custody.round()

    assert world.iam.shown == ["first", "first", "fresh"]
    assert await world.told() == []


async def test_without_exchange_a_token_serves_as_long_as_it_lives(plain: World) -> None:
    reference = await plain.accept("d-1")
    assert await plain.token(reference) == "first"
    assert await plain.custody.round() == 0

    plain.now += HOUR
    await plain.custody.round()
    assert await plain.told() == [("CredentialLost", "d-1")]

    await plain.custody.welcome(plain.ada("second"))
    await plain.custody.round()
    assert await plain.told() == [("CredentialLost", "d-1"), ("CredentialRestored", "d-1")]
    assert await plain.token(reference) == "second"


async def test_without_exchange_a_token_that_lives_longer_takes_the_place(plain: World) -> None:
    reference = await plain.accept("d-1")
    plain.now += HOUR / 2
    await plain.accept("d-2", token="second")

    assert await plain.token(reference) == "second"
    plain.now += 0.75 * HOUR
    await plain.custody.round()
    assert await plain.told() == []


async def test_without_exchange_an_owner_who_keeps_coming_loses_nothing(plain: World) -> None:
    reference = await plain.accept("d-1")
    for number in range(4):
        plain.now += 0.8 * HOUR
        await plain.custody.welcome(plain.ada(f"later-{number}"))
        await plain.custody.round()

    assert await plain.token(reference) == "later-3"
    assert await plain.told() == []


async def test_a_grant_whose_key_was_taken_away_stops_no_other_and_is_not_lost(world: World) -> None:
    mine = await world.accept("d-1")
    await world.custody.round()
    newer = World(world.database, world.iam, NEW)
    newer.now = world.now = NOON + HOUR / 2
    other = Caller(Principal(issuer=ISSUER, subject="bob"), (GROUP,), newer.now + HOUR, "bob's")
    await newer.door.deploy(Accepted(other, a_request("d-2", owner="bob")))

    await newer.custody.round()
    world.now += LEASE * 2
    await world.custody.round()

    assert await world.told() == []
    assert world.iam.shown == ["first", "bob's", "refresh-1"]
    assert await world.token(mine) == "access-3"
