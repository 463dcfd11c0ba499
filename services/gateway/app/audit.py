"""Writes the audit trail, and keeps it a chain.

What changes something is written in the transaction that changes it; what reveals something, before it is shown; what
was refused, within a second. Nobody waits for the chain: one loop gives entries their places in it.
"""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.app.asking import SOURCE
from services.gateway.app.errand import Happened, errand
from services.gateway.domain.audit import FIRST, AuditQuestion, Broken, Entry, first_broken
from services.gateway.ports import Books
from shared.contracts.audit import AuditRecorded, Deed, Doing, Outcome
from shared.contracts.deployments import (
    ActionRequested,
    DeletionRequested,
    DeploymentRequested,
    ResetRequested,
    UpdateRequested,
)
from shared.contracts.streams import AUDIT
from shared.contracts.vocabulary import Principal
from shared.messaging.database import Database
from shared.messaging.transaction import Clock, Work

EVERY = 0.5
MOST_LINKED = 1000
MOST_WAITING = 5000
AT_ONCE = 5000
LONGEST = 500

Same: TypeAlias = tuple[Principal | None, str, Doing, str, Outcome, str]


class Trail:
    """The audit trail as the gateway writes it; also a `Witness` of what changes."""

    def __init__(self, books: Books, *, database: Database, clock: Clock) -> None:
        """Nothing is opened yet."""
        self._books = books
        self._database = database
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._urgent: list[Deed] = []
        self._next: asyncio.Task[None] | None = None
        self._noted: dict[Same, tuple[Deed, int]] = {}
        self._lost = 0

    async def saw(self, work: Work, happened: Sequence[Happened]) -> None:
        """Write down what users asked for, with what follows from it."""
        deeds = [deed for one in happened if (deed := _asked_for(one)) is not None]
        if deeds:
            await self._books.write(work.connection, deeds)

    async def write(self, deed: Deed) -> None:
        """Written once this returns. What comes while one transaction runs shares the next. Raises what that raises."""
        self._urgent.append(deed)
        if self._next is None:
            self._next = asyncio.create_task(self._write_next())
        await asyncio.shield(self._next)

    def note(self, deed: Deed) -> None:
        """To be written soon. The same thing within that time is written once, with how often it was tried."""
        key = (deed.who, deed.client, deed.doing, deed.about, deed.outcome, deed.sentence)
        first, times = self._noted.get(key, (deed, 0))
        if times or len(self._noted) < MOST_WAITING:
            self._noted[key] = (first, times + 1)
        else:
            self._lost += 1

    async def opened(self, connection: AsyncConnection, reference: str, *, service: str, sentence: str = "") -> None:
        """A service opened the vault, or with a sentence could not; written in the transaction in which it did."""
        here = errand()
        here.service = service
        outcome = Outcome.REFUSED if sentence else Outcome.DONE
        deed = here.deed(self._clock(), Doing.OPEN_VAULT, reference, outcome, sentence=sentence)
        await self._books.write(connection, [deed])

    async def run(self) -> None:
        """Write what was noted and link what was written, until cancelled."""
        while True:
            await self.settle()
            await asyncio.sleep(EVERY)

    async def settle(self) -> None:
        """Write what was noted, and give everything that is written its place."""
        noted, self._noted, lost, self._lost = self._noted, {}, self._lost, 0
        deeds = [_counted(deed, times) for deed, times in noted.values()]
        if lost:
            sentence = f"{lost} more that were refused were too many to write down one by one."
            deeds.append(Deed(at=self._clock(), doing=Doing.AUTHENTICATE, sentence=sentence))
        if deeds:
            async with self._database.transaction() as connection:
                await self._books.write(connection, deeds)
        while await self._link() == MOST_LINKED:
            pass

    async def read(self, question: AuditQuestion) -> tuple[Sequence[Entry], int]:
        """A page of the trail, newest first, and how many entries there are in all."""
        async with self._database.transaction() as connection:
            return await self._books.read(connection, question)

    async def _link(self) -> int:
        """Give the oldest entries their places, and tell them; how many."""
        async with self._database.transaction() as connection:
            work = Work(connection, SOURCE, self._clock())
            links = await self._books.link(connection, MOST_LINKED)
            for link in links:
                work.tell(AUDIT, AuditRecorded(**dict(link)), message_id=link.hash)
            await work.flush()
        return len(links)

    async def _write_next(self) -> None:
        async with self._one_at_a_time:
            batch, self._urgent, self._next = self._urgent, [], None
            async with self._database.transaction() as connection:
                await self._books.write(connection, batch)


async def proved(books: Books, database: Database) -> tuple[int, Broken | None]:
    """How many links hold, and where the chain breaks first, read as it is stored."""
    seq, before = 0, FIRST
    while True:
        async with database.transaction() as connection:
            links = await books.links(connection, seq, AT_ONCE)
        broken = first_broken(links, seq=seq, before=before)
        if broken is not None or not links:
            return (broken.seq - 1 if broken else seq), broken
        seq, before = links[-1].seq, links[-1].hash


def _asked_for(happened: Happened) -> Deed | None:
    """What a user asked for; what services tell has its own history on the topic."""
    errand, wish, at = happened.errand, happened.cause, happened.after.updated_at
    if errand is None:
        return None
    about = happened.after.id
    match wish:
        case DeploymentRequested():
            return errand.deed(at, Doing.CREATE, about)
        case UpdateRequested(revision=revision):
            return errand.deed(at, Doing.UPDATE, about, sentence=f"Revision {revision}.")
        case DeletionRequested(force=force):
            return errand.deed(at, Doing.DELETE, about, sentence="By force." if force else "")
        case ActionRequested(action=action, machines=machines):
            return errand.deed(at, Doing.ACT, about, sentence=f"{action} {', '.join(machines)}"[:LONGEST])
        case ResetRequested():
            return errand.deed(at, Doing.RESET, about)
        case _:
            return None


def _counted(deed: Deed, times: int) -> Deed:
    return deed if times == 1 else deed.model_copy(update={"sentence": f"{deed.sentence} ({times} times)".strip()})
