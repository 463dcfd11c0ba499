"""Reads from the bus what was told, for comparing it with what is stored."""

import asyncio
from collections.abc import Callable, Mapping

from services.gateway.domain.view import Story
from shared.contracts.audit import AuditRecorded
from shared.contracts.envelope import Envelope
from shared.contracts.streams import AUDIT, DEPLOYMENTS, Stream
from shared.contracts.vocabulary import DeploymentId
from shared.failures import Transient
from shared.messaging.facts import Facts

PATIENCE = 600.0


async def told_about(bootstrap: str, deployment: DeploymentId, *, seconds: float = PATIENCE) -> list[Envelope]:
    """Everything told about a deployment that the topic still has, in order, each once.

    Raises `Transient` when the topic could not be read to its end within so many seconds.
    """
    told: dict[str, Envelope] = {}

    def keep(envelope: Envelope) -> None:
        if isinstance(envelope.body, Story) and envelope.body.deployment_id == deployment:
            told.setdefault(envelope.id, envelope)

    await _read(bootstrap, DEPLOYMENTS, keep, seconds)
    return list(told.values())


async def recorded(bootstrap: str, *, seconds: float = PATIENCE) -> Mapping[int, str]:
    """The hash of every entry of the audit trail that the bus still has, by its place. Raises as `told_about`."""
    told: dict[int, str] = {}

    def keep(envelope: Envelope) -> None:
        if isinstance(envelope.body, AuditRecorded):
            told.setdefault(envelope.body.seq, envelope.body.hash)

    await _read(bootstrap, AUDIT, keep, seconds)
    return told


async def _read(bootstrap: str, stream: Stream, keep: Callable[[Envelope], None], seconds: float) -> None:
    facts = Facts(bootstrap, "gateway.audit", (stream,), keep)
    reading = asyncio.create_task(facts.run())
    try:
        async with asyncio.timeout(seconds):
            await facts.caught_up.wait()
    except TimeoutError:
        raise Transient(f"Topic {stream.topic} could not be read to its end within {seconds:g} s.") from None
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
