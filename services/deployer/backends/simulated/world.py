"""The simulated cloud without its wire: creates, forgets and refuses by its script, and writes all of it down."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from services.deployer.backends.simulated.faults import Fault, Kind, Script, striking
from services.deployer.backends.simulated.ledger import Entry, Ledger, standing
from services.deployer.backends.simulated.stacks import Stack


class Made(NamedTuple):
    """A stack was created; `answer_lost`: whoever asked must not hear of it."""

    stack: Stack
    answer_lost: bool


class World:
    """All sites of one cloud. It is dumb on purpose: told twice to create, it creates two.

    Its whole state is the ledger: a new world on the same ledger goes on where the old one was killed.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self.now = now
        self.script = Script()
        self._used: Counter[tuple[str, int]] = Counter()
        self._passing: Counter[tuple[str, int]] = Counter()
        self._requests: Counter[str] = Counter()
        entries = ledger.read()
        self._born = sum(entry["event"] == "created" for entry in entries)
        self._stacks = {key: Stack.model_validate(entry) for key, entry in standing(entries).items()}
        for entry in entries:
            self._recall(entry)

    def follow(self, script: Script) -> None:
        """Do as this script says from now on; its counts begin anew."""
        self._write("scripted", script=script.model_dump(mode="json", exclude_defaults=True))
        self._recall({"event": "scripted", "script": script.model_dump(mode="json")})

    def create(self, site: str, tag: str, nodes: dict[str, int]) -> Made | Fault:
        """Create a stack, or refuse with the fault that says why."""
        position = striking(self.script, site, tag, self._counts(self._used, site))
        fault = None if position is None else self.script.site(site).faults[position]
        struck = {} if fault is None else {"fault": fault.kind.value, "position": position}
        if position is not None:
            self._used[site, position] += 1
        if fault is not None and fault.kind is Kind.REFUSE:
            self._write("refused", site=site, tag=tag, cause=fault.cause, sentence=fault.sentence, **struck)
            return fault
        self._born += 1
        stack = self._fate(
            Stack(stack=f"stack-{self._born}", number=self._born, site=site, tag=tag, nodes=nodes), fault
        )
        self._write("created", **stack.model_dump(mode="json"), **struck)
        self._stacks[stack.stack] = stack
        return Made(stack, answer_lost=fault is not None and fault.kind is Kind.LOSE_ANSWER)

    def stacks(self, site: str | None = None, tag: str | None = None) -> list[Stack]:
        """What stands, at this site and with this tag if they are given."""
        self._forget_what_is_due()
        return [stack for stack in self._stacks.values() if site in (None, stack.site) and tag in (None, stack.tag)]

    def stack(self, site: str, identifier: str) -> Stack | None:
        """The one with this id at this site."""
        self._forget_what_is_due()
        found = self._stacks.get(identifier)
        return found if found is not None and found.site == site else None

    def delete(self, stack: Stack, *, force: bool) -> bool:
        """Whether it was deleted; one that is kept goes only by force."""
        if stack.kept and not force:
            return False
        self._end(stack, "deleted")
        return True

    def change(self, stack: Stack, nodes: dict[str, int]) -> Stack:
        """Give the stack these machines; it takes the site as long as creating does. Asked again, it is as asked."""
        if nodes == stack.nodes:
            return stack
        ready = self.now() + timedelta(seconds=self.script.delay(stack.site))
        return self._become(stack, nodes=nodes, stopped=frozenset(), ready_at=ready)

    def power(self, stack: Stack, machine: int, *, on: bool) -> Stack:
        """Start or stop one machine of the stack."""
        return self._become(stack, stopped=stack.stopped - {machine} if on else stack.stopped | {machine})

    def passing_fault(self, site: str) -> Fault | None:
        """The fault that strikes this very request. Counts of these begin anew with the process."""
        self._requests[site] += 1
        used = self._counts(self._passing, site)
        position = striking(self.script, site, str(self._requests[site]), used, passing=True)
        if position is None:
            return None
        self._passing[site, position] += 1
        return self.script.site(site).faults[position]

    def _recall(self, entry: Entry) -> None:
        if entry["event"] == "scripted":
            self.script = Script.model_validate(entry["script"])
            self._used.clear()
            self._passing.clear()
        elif "position" in entry:
            self._used[entry["site"], entry["position"]] += 1

    def _fate(self, stack: Stack, fault: Fault | None) -> Stack:
        now = self.now()
        ready = now + timedelta(seconds=self.script.delay(stack.site))
        if fault is None:
            return stack.model_copy(update={"ready_at": ready})
        late = now + timedelta(seconds=fault.seconds)
        words = {"cause": fault.cause, "sentence": fault.sentence, "site_fault": fault.site_fault}
        match fault.kind:
            case Kind.FAIL_LATE:
                return stack.model_copy(update={"fails_at": late, **words})
            case Kind.HANG:
                return stack
            case Kind.FORGET:
                return stack.model_copy(update={"ready_at": ready, "vanishes_at": late})
            case Kind.KEEP:
                return stack.model_copy(update={"ready_at": ready, "kept": True, **words})
            case _:
                return stack.model_copy(update={"ready_at": ready})

    def _forget_what_is_due(self) -> None:
        now = self.now()
        for stack in [stack for stack in self._stacks.values() if stack.vanished(now)]:
            self._end(stack, "forgotten")

    def _become(self, stack: Stack, **changes: object) -> Stack:
        changed = stack.model_copy(update=changes)
        self._write("changed", **changed.model_dump(mode="json"))
        self._stacks[stack.stack] = changed
        return changed

    def _end(self, stack: Stack, event: str) -> None:
        self._write(event, site=stack.site, tag=stack.tag, stack=stack.stack)
        del self._stacks[stack.stack]

    def _write(self, event: str, **facts: object) -> None:
        self._ledger.append({"event": event, "time": self.now().isoformat(), **facts})

    @staticmethod
    def _counts(counter: Counter[tuple[str, int]], site: str) -> dict[int, int]:
        return {position: count for (of, position), count in counter.items() if of == site}
