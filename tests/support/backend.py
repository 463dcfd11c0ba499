"""A backend that a test scripts: what it answers, in order, and what it was asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.deployer.ports import Acted, Broken, Created, Features, Going, Gone, Pending, Ready, Target
from shared.contracts.vocabulary import Action

T = TypeVar("T")


@dataclass
class ScriptedBackend:
    """Answers from its script, the last answer for ever. An exception in the script is raised."""

    creates: list[Created | Broken | Exception] = field(default_factory=lambda: [Created("vm-1")])
    looks: list[Pending | Ready | Broken | Exception] = field(default_factory=lambda: [Ready()])
    changes: list[Created | Broken | Exception] = field(default_factory=lambda: [Created("vm-1")])
    deeds: list[Acted | Broken | Exception] = field(default_factory=lambda: [Acted()])
    removals: list[Gone | Going | Broken | Exception] = field(default_factory=lambda: [Gone()])
    needs_access: bool = False
    found: str | None = None
    hold: asyncio.Event | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def features(self) -> Features:
        """It can do everything."""
        return Features(needs_access=self.needs_access, changes=True, acts=True)

    async def create(self, target: Target) -> Created | Broken:
        """The next answer; waits while it is held."""
        self.asked.append(f"create {target.tag}")
        if self.hold is not None:
            await self.hold.wait()
        answer = _next(self.creates)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def find(self, target: Target) -> str | None:
        """What the test says is there."""
        self.asked.append(f"find {target.tag}")
        return self.found

    async def progress(self, target: Target) -> Pending | Ready | Broken:
        """The next answer."""
        self.asked.append(f"progress {target.external_id}")
        answer = _next(self.looks)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def change(self, target: Target) -> Created | Broken:
        """The next answer."""
        self.asked.append(f"change {target.external_id}")
        answer = _next(self.changes)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def act(self, target: Target, action: Action, machines: Sequence[str]) -> Acted | Broken:
        """The next answer."""
        self.asked.append(f"{action} {' '.join(machines)} of {target.external_id}")
        answer = _next(self.deeds)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def destroy(self, target: Target, *, force: bool = False) -> Gone | Going | Broken:
        """The next answer."""
        self.asked.append(f"destroy {target.external_id}{' by force' if force else ''}")
        answer = _next(self.removals)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        """Nothing to let go of."""

    def asked_for(self, verb: str) -> int:
        """How often it was asked to do something."""
        return sum(question.startswith(verb) for question in self.asked)


def _next(script: list[T]) -> T:
    return script.pop(0) if len(script) > 1 else script[0]
