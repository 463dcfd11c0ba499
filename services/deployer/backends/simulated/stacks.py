"""What stands in the simulated cloud: a stack of machines whose whole fate is decided when it is created."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.contracts.vocabulary import Cause


class StackState(StrEnum):
    """How a stack is doing."""

    CREATING = "creating"
    READY = "ready"
    FAILED = "failed"


class Machine(BaseModel):
    """One machine of a stack, with addresses from the ranges for documentation and for private use."""

    model_config = ConfigDict(frozen=True)

    node: str
    number: int
    public_address: str
    private_address: str
    stopped: bool = False


class Stack(BaseModel):
    """A stack. A time that is `None` never comes; `kept` refuses to be deleted without force."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stack: str
    number: int
    site: str
    tag: str
    nodes: dict[str, int]
    stopped: frozenset[int] = frozenset()
    ready_at: datetime | None = None
    fails_at: datetime | None = None
    vanishes_at: datetime | None = None
    kept: bool = False
    cause: Cause = Cause.BACKEND
    sentence: str = ""
    site_fault: bool = True

    def state(self, now: datetime) -> StackState:
        """How it is doing at this time."""
        if self.fails_at is not None and self.fails_at <= now:
            return StackState.FAILED
        if self.ready_at is not None and self.ready_at <= now:
            return StackState.READY
        return StackState.CREATING

    def vanished(self, now: datetime) -> bool:
        """Whether the cloud has forgotten it by this time."""
        return self.vanishes_at is not None and self.vanishes_at <= now

    def machines(self) -> tuple[Machine, ...]:
        """Its machines in the order of their nodes."""
        names = [name for name, count in self.nodes.items() for _ in range(count)]
        return tuple(
            machine(name, self.number, place, stopped=place in self.stopped) for place, name in enumerate(names)
        )


def machine(node: str, stack: int, place: int, *, stopped: bool = False) -> Machine:
    """The machine at this place of the stack with this number; addresses repeat only in large worlds."""
    host = (stack + place - 1) % 254 + 1
    return Machine(
        node=node,
        number=place,
        public_address=f"192.0.2.{host}",
        private_address=f"10.{stack // 250 % 250}.{stack % 250}.{place % 254 + 1}",
        stopped=stopped,
    )
