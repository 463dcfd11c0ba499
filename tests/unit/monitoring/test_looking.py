import asyncio
import contextlib
from datetime import timedelta

from services.monitoring.app.looking import Looking, Watcher
from services.monitoring.domain.rhythm import Outcome
from services.monitoring.domain.watched import Target, Watched
from services.monitoring.ports import Due, Sight
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON
from tests.support.waiting import eventually

WELL = Sight(True, "Well.")


class Deaf:
    """A collector that does not hear that it is to stop, until it is let go."""

    def __init__(self) -> None:
        self.enough = asyncio.Event()
        self.at_once = self.most = 0

    async def collect(self, target: Target) -> Sight | None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        while not self.enough.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self.enough.wait()
        self.at_once -= 1
        return WELL

    async def close(self) -> None:
        pass


def due(services: int) -> Due:
    targets = tuple(Target(service=ServiceId(str(number)), url="http://x") for number in range(services))
    return Due(Watched(site=SiteId("bari"), targets=targets), "deaf", 0, NOON)


async def test_a_collector_that_never_ends_is_not_asked_for_ever() -> None:
    deaf = Deaf()
    looking, watcher = Looking(lambda: NOON, most_deaf=3), Watcher("deaf", deaf, patience=timedelta(seconds=0.01))
    first = await looking.site(watcher, due(3))
    assert {look.trouble for look in first} == {"it was cut after 0.01 s"}
    second = await looking.site(watcher, due(3))
    assert {look.trouble for look in second} == {"3 of its looks have not ended though they were cut"}
    assert deaf.most == 3
    deaf.enough.set()

    async def heard() -> bool:
        return {look.outcome for look in await looking.site(watcher, due(3))} == {Outcome.WELL}

    await eventually(heard)


async def test_ten_services_of_a_site_are_asked_at_once_and_for_the_rest_there_may_be_no_time() -> None:
    deaf = Deaf()
    watcher = Watcher("deaf", deaf, patience=timedelta(seconds=0.05))
    looks = await Looking(lambda: NOON).site(watcher, due(100))
    assert {look.outcome for look in looks} == {Outcome.MISSED}
    assert "there was no time left" in {look.trouble for look in looks}
    assert deaf.most <= 50
    deaf.enough.set()
