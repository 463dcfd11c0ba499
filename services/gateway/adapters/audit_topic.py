"""Reads a deployment's whole story back from the topic, for comparing it with what is stored."""

import asyncio

from services.gateway.domain.view import Story
from shared.contracts.envelope import Envelope
from shared.contracts.streams import DEPLOYMENTS
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

    facts = Facts(bootstrap, "gateway.audit", (DEPLOYMENTS,), keep)
    reading = asyncio.create_task(facts.run())
    try:
        async with asyncio.timeout(seconds):
            await facts.caught_up.wait()
    except TimeoutError:
        raise Transient(f"The topic could not be read to its end within {seconds:g} s.") from None
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return list(told.values())
