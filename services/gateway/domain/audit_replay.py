"""A deployment's state, built again from what was told, beside what is stored."""

from collections.abc import Sequence
from typing import NamedTuple

from services.gateway.domain.view import Story, View, begin, fold
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.envelope import Envelope

NOT_TOLD = ("callback",)
"""Parts of a view that no event carries: they are between the user and the gateway."""


class Replayed(NamedTuple):
    """What came of it; no sentence means that stored and told agree."""

    entries: int
    sentences: tuple[str, ...]


def replay(told: Sequence[Envelope], order: Sequence[str], stored: View) -> Replayed:
    """Fold what the topic has, in the order in which the gateway took it in (`order`: ids), and compare."""
    known = {envelope.id: envelope for envelope in told}
    problems = [
        f"The timeline has the event {id_}, which the topic does not have." for id_ in order if id_ not in known
    ]
    problems += [
        f"The topic has the event {id_}, which the timeline does not have." for id_ in known.keys() - set(order)
    ]
    view: View | None = None
    for envelope in (known[id_] for id_ in order if id_ in known):
        event = envelope.body
        if view is None and isinstance(event, DeploymentRequested):
            view = begin(event, envelope.time)
        if view is not None and isinstance(event, Story):
            view = fold(view, event, envelope.time)
    if view is None:
        return Replayed(len(known), (*problems, "The topic no longer has the request that began it."))
    return Replayed(len(known), (*problems, *_differences(view, stored)))


def _differences(built: View, stored: View) -> list[str]:
    mine, theirs = built.model_dump(mode="json"), stored.model_dump(mode="json")
    return [
        f"{name}: stored is {theirs[name]!r}, told was {mine[name]!r}."
        for name in mine
        if name not in NOT_TOLD and mine[name] != theirs[name]
    ]
