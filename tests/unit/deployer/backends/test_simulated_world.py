from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.deployer.backends.simulated.faults import Fault, Kind, Script, SiteScript, striking
from services.deployer.backends.simulated.ledger import FileLedger, LedgerTaken, MemoryLedger, standing
from services.deployer.backends.simulated.stacks import Stack, StackState
from services.deployer.backends.simulated.world import Made, World
from shared.contracts.vocabulary import Cause

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NODES = {"server": 1}


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def world(ledger: MemoryLedger, clock: Clock) -> World:
    return World(ledger, clock)


def script(*faults: Fault, site: str = "a", seed: int = 0) -> Script:
    return Script(seed=seed, sites={site: SiteScript(faults=faults)})


def made(world: World, tag: str = "t-1", site: str = "a") -> Stack:
    outcome = world.create(site, tag, NODES)
    assert isinstance(outcome, Made)
    return outcome.stack


def test_the_cloud_is_dumb_and_creates_two_stacks_for_one_tag(world: World) -> None:
    assert made(world).stack != made(world).stack
    assert len(world.stacks("a", "t-1")) == 2


def test_a_stack_is_ready_when_its_time_has_come(world: World, clock: Clock) -> None:
    world.follow(Script(ready_after=5))
    stack = made(world)
    assert stack.state(clock()) is StackState.CREATING
    clock.pass_seconds(5)
    assert stack.state(clock()) is StackState.READY


def test_a_stack_is_seen_at_its_own_site_only(world: World) -> None:
    stack = made(world)
    assert world.stack("a", stack.stack) == stack
    assert world.stack("b", stack.stack) is None
    assert world.stacks("b") == []


def test_a_refusal_creates_nothing(world: World) -> None:
    world.follow(script(Fault(kind=Kind.REFUSE, cause=Cause.QUOTA)))
    outcome = world.create("a", "t-1", NODES)
    assert isinstance(outcome, Fault)
    assert outcome.cause is Cause.QUOTA
    assert world.stacks() == []


def test_what_fails_late_is_being_created_until_then(world: World, clock: Clock) -> None:
    world.follow(script(Fault(kind=Kind.FAIL_LATE, seconds=3, sentence="It burned.")))
    stack = made(world)
    assert stack.state(clock()) is StackState.CREATING
    clock.pass_seconds(3)
    assert stack.state(clock()) is StackState.FAILED


def test_what_hangs_never_ends(world: World, clock: Clock) -> None:
    world.follow(script(Fault(kind=Kind.HANG)))
    stack = made(world)
    clock.pass_seconds(1e8)
    assert stack.state(clock()) is StackState.CREATING


def test_what_loses_its_answer_exists(world: World) -> None:
    world.follow(script(Fault(kind=Kind.LOSE_ANSWER, count=1)))
    outcome = world.create("a", "t-1", NODES)
    assert isinstance(outcome, Made)
    assert outcome.answer_lost
    assert len(world.stacks("a", "t-1")) == 1


def test_what_the_cloud_forgets_is_gone_and_written_down(world: World, ledger: MemoryLedger, clock: Clock) -> None:
    world.follow(script(Fault(kind=Kind.FORGET, seconds=3)))
    stack = made(world)
    clock.pass_seconds(3)
    assert world.stacks() == []
    assert [entry["event"] for entry in ledger.read()] == ["scripted", "created", "forgotten"]
    assert ledger.read()[-1]["stack"] == stack.stack


def test_what_is_kept_goes_only_by_force(world: World) -> None:
    world.follow(script(Fault(kind=Kind.KEEP)))
    stack = made(world)
    assert not world.delete(stack, force=False)
    assert len(world.stacks()) == 1
    assert world.delete(stack, force=True)
    assert world.stacks() == []


def test_a_count_limits_how_often_a_fault_strikes_and_a_new_script_counts_anew(world: World) -> None:
    once = script(Fault(kind=Kind.REFUSE, count=1))
    world.follow(once)
    assert isinstance(world.create("a", "t-1", NODES), Fault)
    assert isinstance(world.create("a", "t-2", NODES), Made)
    world.follow(once)
    assert isinstance(world.create("a", "t-3", NODES), Fault)


def test_sites_that_are_not_named_follow_the_star(world: World) -> None:
    world.follow(script(Fault(kind=Kind.REFUSE), site="*"))
    assert isinstance(world.create("anywhere", "t-1", NODES), Fault)


def test_a_passing_fault_strikes_requests_and_no_creation(world: World) -> None:
    world.follow(script(Fault(kind=Kind.UNAVAILABLE, count=1)))
    fault = world.passing_fault("a")
    assert fault is not None
    assert fault.kind is Kind.UNAVAILABLE
    assert world.passing_fault("a") is None
    assert isinstance(world.create("a", "t-1", NODES), Made)


def test_a_probability_hits_about_as_many_as_it_says_and_with_one_seed_always_the_same() -> None:
    plan = script(Fault(kind=Kind.REFUSE, probability=0.2), seed=7)
    hit = [tag for tag in map(str, range(1000)) if striking(plan, "a", tag, {}) is not None]
    assert 150 < len(hit) < 250
    assert hit == [tag for tag in map(str, range(1000)) if striking(plan, "a", tag, {}) is not None]
    other = plan.model_copy(update={"seed": 8})
    assert hit != [tag for tag in map(str, range(1000)) if striking(other, "a", tag, {}) is not None]


def test_a_killed_cloud_goes_on_from_its_ledger(world: World, ledger: MemoryLedger, clock: Clock) -> None:
    world.follow(script(Fault(kind=Kind.REFUSE, count=1), Fault(kind=Kind.FAIL_LATE, count=1, seconds=9)))
    world.create("a", "t-0", NODES)
    stays = made(world, "t-1")
    world.delete(made(world, "t-2"), force=False)
    again = World(ledger, clock)
    assert again.stacks() == [stays]
    assert again.script == world.script
    assert isinstance(again.create("a", "t-3", NODES), Made)
    assert made(again, "t-4").number == 4
    clock.pass_seconds(9)
    assert again.stacks("a", "t-1")[0].state(clock()) is StackState.FAILED


def test_the_ledger_alone_tells_what_stands_and_what_was_made_twice(world: World, ledger: MemoryLedger) -> None:
    world.delete(made(world, "t-1"), force=False)
    made(world, "t-2")
    made(world, "t-2")
    entries = ledger.read()
    assert [entry["tag"] for entry in standing(entries).values()] == ["t-2", "t-2"]
    assert all({"event", "time", "site", "tag", "stack"} <= entry.keys() for entry in entries)


def test_a_ledger_in_a_file_outlives_its_writer(tmp_path: Path, clock: Clock) -> None:
    first = FileLedger(tmp_path / "made" / "ledger")
    stack = made(World(first, clock))
    first.close()
    second = FileLedger(tmp_path / "made" / "ledger")
    assert World(second, clock).stacks() == [stack]
    second.close()


def test_a_line_that_a_crash_tore_is_dropped(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "ledger"
    first = FileLedger(path)
    stack = made(World(first, clock))
    first.close()
    with path.open("a") as file:
        file.write('{"event":"created","stack":"stack-2","ta')
    again = FileLedger(path)
    world = World(again, clock)
    assert world.stacks() == [stack]
    made(world, "t-2")
    assert [entry["tag"] for entry in again.read()] == ["t-1", "t-2"]
    again.close()


def test_two_clouds_do_not_write_one_ledger(tmp_path: Path) -> None:
    first = FileLedger(tmp_path / "ledger")
    with pytest.raises(LedgerTaken):
        FileLedger(tmp_path / "ledger")
    first.close()


def test_the_clock_is_the_only_time_in_the_ledger(ledger: MemoryLedger, world: World) -> None:
    made(world)
    assert ledger.read()[0]["time"] == NOON.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        '{"sites": {"a": {"faults": [{"kind": "explode"}]}}}',
        '{"sites": {"a": {"faults": [{"kind": "refuse", "probability": 2}]}}}',
        '{"sights": {}}',
    ],
)
def test_a_script_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Script.model_validate_json(text)


def test_a_clock_is_all_that_a_world_needs_beside_its_ledger() -> None:
    now: Callable[[], datetime] = Clock()
    assert World(MemoryLedger(), now).stacks() == []
