"""Proves that the audit trail is whole, and that a deployment is shown as what was told about it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from services.gateway.app.audit import AT_ONCE, proved
from services.gateway.domain.audit_replay import replay
from services.gateway.ports import Books, Views
from shared.contracts.envelope import Envelope
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.database import Database

WHOLE_STORY = 1_000_000
Recorded = Callable[[], Awaitable[Mapping[int, str]]]
ToldAbout = Callable[[DeploymentId], Awaitable[Sequence[Envelope]]]


class Findings(NamedTuple):
    """What was found, in lines for people, and whether all of it is as it should be."""

    lines: tuple[str, ...]
    whole: bool


async def verify_trail(books: Books, database: Database) -> Findings:
    """Whether the chain holds; if not, its first broken entry."""
    holding, broken = await proved(books, database)
    if broken is not None:
        return Findings((f"{holding} entries hold. BROKEN at {broken.seq}: {broken.sentence}",), whole=False)
    return Findings((f"The chain holds: {holding} entries.",), whole=True)


async def verify_told(books: Books, database: Database, recorded: Recorded) -> Findings:
    """Whether what is stored is what the bus was told, as far back as the bus has it: what was rewritten or cut off."""
    told = dict(await recorded())
    entries, seq = len(told), min(told, default=1) - 1
    while told:
        async with database.transaction() as connection:
            links = await books.links(connection, seq, AT_ONCE)
        for link in links:
            if told.pop(link.seq, link.hash) != link.hash:
                return Findings((f"BROKEN at {link.seq}: the bus was told another entry.",), whole=False)
        if not links:
            sentence = f"BROKEN: {len(told)} entries that the bus has are not there, the first is {min(told)}."
            return Findings((sentence,), whole=False)
        seq = links[-1].seq
    return Findings((f"The bus says the same of the {entries} entries it has.",), whole=True)


async def verify_deployment(
    deployment: DeploymentId, views: Views, database: Database, told_about: ToldAbout
) -> Findings:
    """Whether what is stored about a deployment follows from what the topic has about it."""
    async with database.transaction() as connection:
        stored = await views.one(connection, deployment)
        timeline = await views.timeline(connection, deployment, 0, WHOLE_STORY)
    if stored is None:
        return Findings((f"There is no deployment {deployment}.",), whole=False)
    replayed = replay(await told_about(deployment), [entry.event_id for entry in timeline], stored)
    if replayed.sentences:
        return Findings(tuple(f"{deployment}: {sentence}" for sentence in replayed.sentences), whole=False)
    line = f"{deployment} is {stored.status}, as {replayed.entries} events of the topic say."
    return Findings((line,), whole=True)
