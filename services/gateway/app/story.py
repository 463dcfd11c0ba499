"""The story of every deployment, folded into its view and written down as its timeline."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Sequence

from services.gateway.app.errand import Happened, Witness
from services.gateway.domain.redaction import redacted_json, redacted_text
from services.gateway.domain.resources import parts_of
from services.gateway.domain.sentences import sentence
from services.gateway.domain.view import Story, View, begin, fold
from services.gateway.ports import Order, Told, Vault, Viewed, Views
from shared.contracts.deployments import DeploymentDeleted, DeploymentRequested
from shared.contracts.envelope import Envelope
from shared.contracts.vocabulary import DeploymentId
from shared.messaging.transaction import Work

LONG = {"topology", "template"}


class Bell:
    """Rings for those who wait for news of a deployment or a plan, in this process."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def ring(self, ids: Sequence[str]) -> None:
        """There is news of these."""
        for about in ids:
            for event in self._waiting.get(about, ()):
                event.set()

    async def news(self, about: str, patience: float) -> None:
        """Wait for news of one of them, at most `patience` seconds."""
        event = asyncio.Event()
        self._waiting[about].add(event)
        try:
            async with asyncio.timeout(patience):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting[about].discard(event)
            if not self._waiting[about]:
                del self._waiting[about]


class Chronicle:
    """Folds batches of events: load all views, fold each, save, append."""

    def __init__(
        self,
        views: Views,
        vault: Vault,
        ring: Callable[[Sequence[DeploymentId]], None],
        witnesses: Sequence[Witness] = (),
    ) -> None:
        """`ring` is called once the news are committed."""
        self._witnesses = witnesses
        self._views = views
        self._vault = vault
        self._ring = ring

    async def fold(self, work: Work, told: Sequence[Envelope]) -> None:
        """Take in every event of `told`, in order."""
        story = [(envelope, envelope.body) for envelope in told if isinstance(envelope.body, Story)]
        viewed = await self._views.load(work.connection, {event.deployment_id for _, event in story})
        await self._views.add(work.connection, _unknown(story, viewed))
        entries: list[Told] = []
        happened: list[Happened] = []
        for envelope, event in story:
            if event.deployment_id not in viewed:
                continue  # the request itself went to the dead letters; there is nothing to show
            view, seq = viewed[event.deployment_id]
            folded = fold(view, event, envelope.time)
            viewed[event.deployment_id] = Viewed(folded, seq + 1)
            entries.append(told_of(envelope, seq + 1))
            happened.append(Happened(view if seq else None, folded, event))
        changed = list({entry.deployment_id for entry in entries})
        await self._views.save(work.connection, [viewed[id_] for id_ in changed], entries)
        gone = [event.deployment_id for _, event in story if isinstance(event, DeploymentDeleted)]
        await self._vault.forget(work.connection, gone)
        for witness in self._witnesses:
            await witness.saw(work, happened)
        work.after_commit(lambda: self._ring(changed))


def told_of(envelope: Envelope, seq: int) -> Told:
    """The timeline entry of an event, without secrets. Template and topology have places of their own."""
    body = envelope.body
    if not isinstance(body, Story):
        raise TypeError(f"{body.type()} is not part of a deployment's story")
    return Told(
        deployment_id=body.deployment_id,
        seq=seq,
        event_id=envelope.id,
        type=body.type(),
        source=envelope.source,
        at=envelope.time,
        sentence=redacted_text(sentence(body)),
        body=redacted_json(body.model_dump_json(exclude_defaults=True, exclude=LONG)),
    )


def body_of(entry: Told) -> object:
    """The event of an entry, as JSON."""
    return json.loads(entry.body)


def _unknown(story: Sequence[tuple[Envelope, Story]], viewed: dict[DeploymentId, Viewed]) -> list[tuple[View, Order]]:
    """Views for requests that this store has never seen, such as after it was lost; they join `viewed`."""
    new = []
    for envelope, event in story:
        if isinstance(event, DeploymentRequested) and event.deployment_id not in viewed:
            view = begin(event, envelope.time)
            viewed[event.deployment_id] = Viewed(view, 0)
            new.append((view, Order(event.template, parts_of(event.topology))))
    return new
