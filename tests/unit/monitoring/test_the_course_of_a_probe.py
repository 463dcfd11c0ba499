"""The service is played by a dictionary of things, and by what goes wrong with it."""

import asyncio
from dataclasses import dataclass, field

import pytest

from services.monitoring.adapters.lifecycle.course import Made, State, Timing, prove
from services.monitoring.adapters.lifecycle.web import Trouble
from services.monitoring.ports import Sight
from shared.failures import Transient

QUICK = Timing(limit=5, clean=5, poll=0)
IMPATIENT = Timing(limit=0.05, clean=0.05, poll=0)


@dataclass
class Played:
    """A service with things in it. `ready_after` and `gone_after` count looks; `None` never comes."""

    things: dict[str, int] = field(default_factory=dict)
    dying: dict[str, int] = field(default_factory=dict)
    ready_after: int | None = 2
    gone_after: int | None = 2
    wrong: dict[str, Exception] = field(default_factory=dict)
    lost: bool = False
    broken: bool = False
    created: int = 0
    made: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        self._trip("open")

    async def left(self) -> list[str]:
        self._trip("left")
        return [*self.things, *self.dying]

    async def create(self) -> Made:
        self._trip("create")
        self.created += 1
        thing = f"thing-{self.created}"
        self.things[thing] = 0
        self.made.set()
        if self.lost:
            raise Trouble("There was no answer in time.")
        return Made(thing, 201)

    async def look(self, thing: str) -> State:
        await asyncio.sleep(0)
        self._trip("look")
        if self.broken:
            return State(works=False, status=200, sentence="No valid host was found.")
        self.things[thing] += 1
        return State((self.ready_after is not None and self.things[thing] > self.ready_after) or None, 200)

    async def delete(self, thing: str) -> int:
        self._trip("delete")
        if self.things.pop(thing, None) is not None:
            self.dying[thing] = 0
        return 204

    async def there(self, thing: str) -> bool:
        await asyncio.sleep(0)
        if thing in self.dying:
            self.dying[thing] += 1
            if self.gone_after is not None and self.dying[thing] > self.gone_after:
                del self.dying[thing]
        return thing in self.things or thing in self.dying

    def _trip(self, where: str) -> None:
        if where in self.wrong:
            raise self.wrong[where]


def steps(sight: Sight) -> list[tuple[str, bool, int | None, bool]]:
    return [(step.name, step.well, step.status, step.milliseconds is not None) for step in sight.steps]


async def test_what_works_is_created_seen_to_work_and_removed() -> None:
    service = Played()
    sight = await prove(service, QUICK, "http://bari.example.org")
    assert sight.available is True
    assert sight.source == "http://bari.example.org"
    assert steps(sight) == [("create", True, 201, True), ("run", True, 200, True), ("delete", True, 204, True)]
    assert not service.things
    assert not service.dying


async def test_what_an_earlier_probe_left_is_removed_first() -> None:
    service = Played(things={"old": 0, "older": 0})
    sight = await prove(service, QUICK, "")
    assert steps(sight)[0] == ("clear", True, 204, True)
    assert sight.available is True
    assert not service.things


async def test_nothing_is_made_where_what_was_left_cannot_be_removed() -> None:
    service = Played(things={"old": 0}, wrong={"delete": Trouble("It answered with status 409.", 409)})
    sight = await prove(service, QUICK, "")
    assert steps(sight) == [("clear", False, 409, False)]
    assert sight.available is False
    assert service.created == 0


async def test_a_refused_creation_has_its_code_and_no_time_and_nothing_else_is_claimed() -> None:
    sight = await prove(Played(wrong={"create": Trouble("Quota exceeded.", 403)}), QUICK, "")
    assert steps(sight) == [("create", False, 403, False)]
    assert sight.sentence == "It could not be created: Quota exceeded."


async def test_a_lost_answer_to_a_creation_leaves_nothing_behind() -> None:
    service = Played(lost=True)
    sight = await prove(service, QUICK, "")
    assert steps(sight) == [("create", False, None, False), ("delete", True, 204, True)]
    assert not service.things


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (Played(broken=True), "No valid host was found."),
        (Played(ready_after=None), "It is still not ready after 0.05 s."),
        (Played(wrong={"look": KeyError("server")}), "The answer makes no sense to us (KeyError)."),
    ],
    ids=["broken", "never ready", "nonsense"],
)
async def test_what_does_not_work_is_removed_all_the_same(service: Played, why: str) -> None:
    sight = await prove(service, IMPATIENT, "")
    assert [(name, well) for name, well, *_ in steps(sight)] == [("create", True), ("run", False), ("delete", True)]
    assert sight.available is False
    assert why in sight.sentence
    assert not service.things


async def test_what_will_not_go_is_said_and_removed_by_the_next_round() -> None:
    service = Played(gone_after=None)
    sight = await prove(service, IMPATIENT, "")
    assert steps(sight)[-1] == ("delete", False, None, False)
    assert "will be removed next time" in sight.sentence
    service.gone_after = 1
    again = await prove(service, QUICK, "")
    assert again.available is True
    assert steps(again)[0][0] == "clear"
    assert not service.dying


async def test_being_cut_in_the_middle_still_removes_what_was_made() -> None:
    service = Played(ready_after=None)
    probing = asyncio.create_task(prove(service, QUICK, ""))
    await service.made.wait()
    probing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probing
    assert not service.things
    assert not service.dying


async def test_a_service_that_cannot_be_reached_is_ill_and_one_that_does_not_know_us_says_nothing() -> None:
    sight = await prove(Played(wrong={"open": Trouble("It cannot be reached: ConnectError.")}), QUICK, "")
    assert steps(sight) == [("create", False, None, False)]
    assert sight.available is False
    for status in (401, 403):
        with pytest.raises(Transient, match="our account is not let in"):
            await prove(Played(wrong={"open": Trouble("Unauthorized.", status)}), QUICK, "")
