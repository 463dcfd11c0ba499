"""Begin, schedule, warning and end: told once each, whoever is down meanwhile."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from tests.component.slam.world import Slam, terms
from tests.support.builders import NOON

DAY = timedelta(days=1)


async def signed(slam: Slam, **more: object) -> None:
    answer = await slam.ask("ada", "POST", "/agreements", {"signed": True, "terms": terms(**more)})
    assert answer.status_code == 201, answer.text


async def test_begin_warning_and_end_are_told_once_each_over_restarts(slam: Slam) -> None:
    await signed(slam, starts=(NOON + DAY).isoformat())
    for day in (0, 1, 1, 2, 59, 60, 61, 90, 91, 500):
        slam.now = NOON + day * DAY
        await slam.turning.turn()
        slam.start()
        await slam.turning.begin()
        await slam.turning.turn()
    assert await slam.states() == ["signed", "active", "expiring", "expired"]


async def test_who_was_down_tells_how_things_stand_now(slam: Slam) -> None:
    await signed(slam)
    slam.now = NOON + 400 * DAY
    slam.start()
    await slam.turning.turn()
    assert await slam.states() == ["active", "expired"]


async def test_several_at_work_tell_the_end_once(slam: Slam) -> None:
    for _ in range(20):
        await signed(slam)
    slam.now = NOON + 90 * DAY
    await asyncio.gather(*(slam.turning.turn() for _ in range(6)))
    ends = [change.agreement for change in await slam.told() if change.state.value == "expired"]
    assert sorted(ends) == sorted(f"a-{n}" for n in range(1, 21))


async def test_a_schedule_is_told_when_it_changes_the_limits(slam: Slam) -> None:
    weekend = {
        "kind": "weekly",
        "days": ["sat"],
        "starts": "00:00",
        "until": "00:00",
        "zone": "UTC",
        "targets": [{"type": "num_cpus", "total_limit": 256}],
    }
    await signed(slam, changes=[weekend, {"kind": "user-share", "share": 0.25}])
    for hour in range(7 * 24):
        slam.now = NOON + timedelta(hours=hour)
        await slam.turning.turn()
    told = [(change.limits.cpus, change.user_limits.cpus) for change in await slam.told()]
    assert told == [(64, 16), (256, 64), (64, 16)]
    assert (await slam.ask("mia", "GET", "/agreements/a-1")).json()["limits"]["cpus"] == 64


async def test_a_point_at_which_nothing_changes_is_not_told(slam: Slam) -> None:
    same = {
        "kind": "period",
        "starts": (NOON + DAY).isoformat(),
        "until": (NOON + 2 * DAY).isoformat(),
        "targets": [{"type": "num_cpus", "total_limit": 64}],
    }
    await signed(slam, changes=[same])
    for day in range(5):
        slam.now = NOON + day * DAY
        await slam.turning.turn()
    assert await slam.states() == ["active"]


async def test_what_is_suspended_or_ended_is_left_alone_by_dates(slam: Slam) -> None:
    await signed(slam)
    assert (await slam.do("owen", "suspend", 1)).status_code == 200
    slam.now = NOON + 200 * DAY
    await slam.turning.turn()
    assert await slam.states() == ["active", "suspended"]
    assert (await slam.do("owen", "resume", 2)).status_code == 409
    renewed = await slam.do("owen", "renew", 2, ends=(NOON + 300 * DAY).isoformat())
    assert renewed.json()["status"] == "suspended"
    assert (await slam.do("owen", "resume", 3)).json()["state"] == "active"


async def test_a_turn_that_dies_before_it_commits_is_made_again(slam: Slam) -> None:
    await signed(slam)
    slam.now = NOON + 90 * DAY
    async with slam.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE outbox ADD CONSTRAINT broken CHECK (length(topic) < 0) NOT VALID"))
    failed = await asyncio.gather(slam.turning.turn(), return_exceptions=True)
    assert isinstance(failed[0], Exception)
    async with slam.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE outbox DROP CONSTRAINT broken"))
    await slam.turning.turn()
    assert await slam.states() == ["active", "expired"]
