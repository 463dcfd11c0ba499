"""The request that is being served, as everything that it causes may see it: who came, from where, and to what end."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from services.gateway.domain.authority import Standing
from services.gateway.domain.view import View
from shared.contracts.audit import Deed, Doing, Outcome
from shared.contracts.message import Message
from shared.contracts.vocabulary import Principal
from shared.identity.caller import Caller
from shared.messaging.transaction import Work


@dataclass(slots=True)
class Errand:
    """One request. It fills as the request goes its way; `caller` is who proved to be it, `service` one of ours."""

    request_id: str = ""
    client: str = ""
    user_agent: str = ""
    caller: Caller | None = None
    service: str | None = None
    owner: Principal | None = None
    group: str | None = None
    standing: Standing | None = None
    revealed: list[str] = field(default_factory=list)

    def judged(self, view: View, standing: Standing) -> None:
        """It is about this deployment, and this is what the caller is to it."""
        self.owner, self.group, self.standing = view.owner, view.user_group, standing

    def reveals(self, what: str) -> None:
        """Something secret is about to be shown; it is written down before the first byte of the answer leaves."""
        self.revealed.append(what)

    def deed(
        self, at: datetime, doing: Doing, about: str, outcome: Outcome = Outcome.DONE, *, sentence: str = ""
    ) -> Deed:
        """What was done or tried, as the audit trail has it. The owner is named when somebody else acts."""
        who = self.caller.principal if self.caller else None
        return Deed(
            at=at,
            who=who,
            service=self.service,
            owner=self.owner if self.owner != who else None,
            group=self.group,
            doing=doing,
            about=about,
            outcome=outcome,
            sentence=sentence,
            request_id=self.request_id,
            client=self.client,
            user_agent=self.user_agent,
        )


CURRENT: ContextVar[Errand | None] = ContextVar("errand", default=None)


def errand() -> Errand:
    """The request that is being served; outside of any, one that says nothing."""
    return CURRENT.get() or Errand()


class Happened(NamedTuple):
    """A view before and after something; `errand` is the request that asked for it, none for what a service told."""

    before: View | None
    after: View
    cause: Message
    errand: Errand | None = None


class Witness(Protocol):
    """Writes down, in the transaction in which views change, what follows from it."""

    async def saw(self, work: Work, happened: Sequence[Happened]) -> None:
        """These changes are being written, in this order."""
        ...
