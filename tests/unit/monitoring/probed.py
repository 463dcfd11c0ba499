"""What the tests of the life-cycle probes have in common."""

import json
from datetime import timedelta

import httpx

from services.monitoring.adapters.lifecycle.probing import Prober
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.vocabulary import ServiceId, SiteId

SECOND = timedelta(seconds=1)
ANYBODY = json.dumps({"*": {}})
QUICK = {"poll": "0", "limit": "2", "clean": "2"}
NOBODY = httpx.Response(404, json={"message": "not here"})


def target(kind: str, *, endpoint: str = "http://bari.example.org", **more: object) -> Target:
    """A service of that type."""
    fields = {"service": ServiceId("compute"), "url": endpoint, "site": SiteId("bari"), "type": kind, "vouched": True}
    return Target.model_validate({**fields, "endpoint": endpoint, **more})


async def look(collector: Prober, at: Target) -> Sight | None:
    """One look, and no more."""
    sight = await collector.collect(at)
    await collector.close()
    return sight


def well(sight: Sight | None) -> list[tuple[str, int | None]]:
    """The steps of a sight in which all is well, with their codes."""
    assert sight is not None
    assert sight.available is True, sight.sentence
    assert all(step.well and step.milliseconds is not None for step in sight.steps)
    return [(step.name, step.status) for step in sight.steps]
