"""How the gateway tells what was asked of it: view, timeline and event are written together or not at all."""

import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from services.gateway.app.errand import Errand, Happened, Witness, errand
from services.gateway.app.story import told_of
from services.gateway.domain.authority import Deed, Standing, Who, refusal, standing
from services.gateway.domain.view import View, fold
from services.gateway.ports import Viewed, Views
from shared.contracts.deployments import (
    ActionRequested,
    DeletionRequested,
    DeploymentRequested,
    ResetRequested,
    UpdateRequested,
)
from shared.contracts.envelope import Envelope
from shared.contracts.streams import DEPLOYMENTS
from shared.identity.caller import Caller
from shared.messaging.transaction import Work, unseen

SOURCE = "gateway"
CONSUMER = "gateway"


class Refused(Exception):
    """The deployment is in no state to do what was asked; the text says which."""


class KeyTaken(Exception):
    """The idempotency key was used for something else."""


class Overtaken(Exception):
    """Somebody else changed the deployment between the caller's look and the caller's wish."""


class Stale(Exception):
    """The deployment is not the version that the caller wants to change."""


class Unknown(LookupError):
    """There is no such thing for this caller."""


class Forbidden(Exception):
    """The caller may see it, and may not do this to it; the text says why."""


def allow(caller: Caller, view: View | None, deed: Deed, about: str) -> View:
    """The deployment, if the caller may do this. Raises `Unknown` if the caller must not know of it, or `Forbidden`."""
    who = Who(caller.principal, caller.groups, caller.admin)
    if view is None or (being := standing(who, view)) is Standing.STRANGER:
        raise Unknown(about)
    errand().judged(view, being)
    if (why := refusal(who, view, deed)) is not None:
        raise Forbidden(why)
    return view


Wish: TypeAlias = DeploymentRequested | UpdateRequested | DeletionRequested | ActionRequested | ResetRequested


class Asked(NamedTuple):
    """A wish about a deployment as it is viewed now, within a trace; without an errand it is the one being served."""

    viewed: Viewed
    wish: Wish
    trace: Mapping[str, str]
    errand: Errand | None = None


async def tell(work: Work, views: Views, asked: Sequence[Asked], witnesses: Sequence[Witness] = ()) -> list[View]:
    """Tell each wish and fold it at once, marked as heard: the caller sees it, and it is not folded twice."""
    told = []
    saved: list[Viewed] = []
    envelopes: list[Envelope] = []
    happened: list[Happened] = []
    for viewed, wish, trace, asked_by in asked:
        envelope = Envelope(id=str(uuid.uuid4()), source=SOURCE, time=work.at, body=wish, trace=trace)
        work.begin(DEPLOYMENTS, envelope)
        saved.append(Viewed(fold(viewed.view, wish, work.at), viewed.last_seq + 1))
        told.append(told_of(envelope, viewed.last_seq + 1))
        envelopes.append(envelope)
        before = viewed.view if viewed.last_seq else None
        happened.append(Happened(before, saved[-1].view, wish, asked_by or errand()))
    await unseen(work.connection, CONSUMER, envelopes)
    await views.save(work.connection, saved, told)
    for witness in witnesses:
        await witness.saw(work, happened)
    return [viewed.view for viewed in saved]
