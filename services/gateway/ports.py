"""What the gateway asks of its store and its vault, in the gateway's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.audit import AuditQuestion, Entry, Link
from services.gateway.domain.callbacks import Claim, Claimed, Logged, News, Verdict, Webhook
from services.gateway.domain.plan import Plan
from services.gateway.domain.resources import Part
from services.gateway.domain.view import View
from shared.contracts.audit import Deed
from shared.contracts.ranking import PlanRanked
from shared.contracts.topology import Json
from shared.contracts.vocabulary import CredentialRef, DeploymentId, PlanId, Principal, TrialNo
from shared.identity.caller import Caller


class Told(NamedTuple):
    """One entry of a timeline. `seq` starts at 1 and has no gaps."""

    deployment_id: DeploymentId
    seq: int
    event_id: str
    type: str
    source: str
    at: datetime
    sentence: str
    body: str


class Viewed(NamedTuple):
    """A view as it stands in the store, with the length of its timeline."""

    view: View
    last_seq: int


class Order(NamedTuple):
    """What was asked for: the text with its inputs filled in, its nodes, and the parameters that came with it.

    No parameter is a secret.
    """

    template: str
    parts: Sequence[Part] = ()
    parameters: Mapping[str, Json] = {}


class Page(NamedTuple):
    """A page of views, in the order that was asked for, and how many there are in all."""

    views: Sequence[View]
    total: int


class Repeated(NamedTuple):
    """What an idempotency key stands for: a deployment, and a digest of what was asked."""

    deployment: DeploymentId
    asked: str


class Views(Protocol):
    """Where views and timelines are kept. Everything happens in the caller's transaction."""

    async def add(self, connection: AsyncConnection, views: Sequence[tuple[View, Order]]) -> None:
        """Keep new views with what was asked for; one that is there already stays as it is."""
        ...

    async def load(self, connection: AsyncConnection, ids: Iterable[DeploymentId]) -> dict[DeploymentId, Viewed]:
        """The views of `ids`, locked until the transaction ends."""
        ...

    async def save(self, connection: AsyncConnection, views: Sequence[Viewed], told: Sequence[Told]) -> None:
        """Write the views as they are now, and append to their timelines."""
        ...

    async def one(self, connection: AsyncConnection, deployment: DeploymentId) -> View | None:
        """One view."""
        ...

    async def template(self, connection: AsyncConnection, deployment: DeploymentId) -> str | None:
        """The template as it was asked for, with its inputs filled in."""
        ...

    async def order(self, connection: AsyncConnection, deployment: DeploymentId) -> Order | None:
        """What was last asked for."""
        ...

    async def reorder(self, connection: AsyncConnection, deployment: DeploymentId, order: Order) -> None:
        """This is asked for from now on."""
        ...

    async def timeline(
        self, connection: AsyncConnection, deployment: DeploymentId, after: int, limit: int
    ) -> list[Told]:
        """What was told after entry `after`, in order."""
        ...

    async def last_told(
        self, connection: AsyncConnection, deployment: DeploymentId, types: Sequence[str]
    ) -> Told | None:
        """The latest entry of one of these types."""
        ...

    async def page(self, connection: AsyncConnection, question: "Question") -> Page:
        """A page of the views that a question asks for."""
        ...

    async def remember(
        self, connection: AsyncConnection, keys: Mapping[tuple[Principal, str], Repeated]
    ) -> dict[tuple[Principal, str], Repeated]:
        """What each idempotency key stands for: what is given now, unless it was given before."""
        ...

    async def recall(self, connection: AsyncConnection, owner: Principal, key: str) -> Repeated | None:
        """What a user's idempotency key stands for, if anything."""
        ...


class SortedBy(StrEnum):
    """By what a list of deployments may be sorted, in the words of clients."""

    CREATED = "createdAt"
    UPDATED = "updatedAt"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Question:
    """Which deployments of an issuer's users to list, in which order, and which page of them (counted from 0)."""

    issuer: str
    subject: str | None = None
    user_group: str | None = None
    excluded: tuple[str, ...] = ()
    page: int = 0
    size: int = 10
    sorted_by: SortedBy = SortedBy.CREATED
    descending: bool = True


class Secret(NamedTuple):
    """What the vault gives back: whose token for which group, and the secret inputs that came with a request."""

    token: str
    secret_inputs: Mapping[str, Json]
    owner: Principal
    group: str | None = None
    deployment: DeploymentId | None = None

    def __repr__(self) -> str:
        return f"Secret(owner={self.owner!r})"


class Withheld(NamedTuple):
    """Why the vault gives nothing back: for now, or until the owner comes again."""

    sentence: str
    for_now: bool = False


class Kept(NamedTuple):
    """What the vault is given to keep. `renews`: the deployment's work lives on this from now on."""

    reference: CredentialRef
    caller: Caller
    secret_inputs: Mapping[str, Json] = {}
    deployment: DeploymentId | None = None
    group: str | None = None
    renews: bool = False


class Vault(Protocol):
    """Keeps tokens and secret inputs sealed."""

    async def keep(self, connection: AsyncConnection, entries: Sequence[Kept], at: datetime) -> None:
        """Seal each caller's token, and the secret inputs that came with it, under a reference."""
        ...

    async def open(
        self, connection: AsyncConnection, reference: CredentialRef, at: datetime
    ) -> Secret | Withheld | None:
        """A living token of the reference's owner and the reference's secret inputs; `None` for an unknown one."""
        ...

    async def keep_outputs(
        self, connection: AsyncConnection, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]
    ) -> None:
        """Seal the secret outputs of a trial; the last word counts."""
        ...

    async def outputs(
        self, connection: AsyncConnection, deployment: DeploymentId, trial: TrialNo
    ) -> Mapping[str, Json]:
        """The secret outputs of a trial; none when none were kept."""
        ...

    async def forget(self, connection: AsyncConnection, deployments: Sequence[DeploymentId]) -> None:
        """Forget the secret outputs and the credentials of deployments that are gone."""
        ...


class Plans(Protocol):
    """Where plans are kept. Everything happens in the caller's transaction."""

    async def keep(self, connection: AsyncConnection, plan: Plan) -> None:
        """Keep a plan that nobody has answered yet."""
        ...

    async def one(self, connection: AsyncConnection, plan: PlanId) -> Plan | None:
        """One plan, with its answer if there is one."""
        ...

    async def answer(self, connection: AsyncConnection, answers: Sequence[PlanRanked]) -> None:
        """Put the answers to their plans; those of unknown plans are dropped."""
        ...

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        """Forget the plans that were over before this time."""
        ...


class Deliveries(Protocol):
    """Where webhooks and deliveries are kept. Everything happens in the caller's transaction."""

    async def add(self, connection: AsyncConnection, news: Sequence[News], at: datetime) -> bool:
        """Write down what is to be told, in this order; whether there is anything."""
        ...

    async def add_test(self, connection: AsyncConnection, webhook: Webhook, body: str, at: datetime) -> str:
        """Write down something to be told at one webhook; its id."""
        ...

    async def claim(self, connection: AsyncConnection, claim: Claim) -> Sequence[Claimed]:
        """What is due, those only before which nothing waits for the same place about the same deployment."""
        ...

    async def record(
        self, connection: AsyncConnection, claimed: Claimed, verdict: Verdict, token: str, at: datetime
    ) -> None:
        """What came of an attempt, if it is still in the hand of `token`."""
        ...

    async def forget(self, connection: AsyncConnection, before: datetime) -> None:
        """Forget what was told or given up, and written before this time."""
        ...

    async def register(self, connection: AsyncConnection, webhook: Webhook, sealed: bytes) -> None:
        """Keep a webhook with its sealed secret."""
        ...

    async def webhooks(self, connection: AsyncConnection, owner: Principal) -> Sequence[Webhook]:
        """The owner's webhooks, oldest first."""
        ...

    async def remove(self, connection: AsyncConnection, webhook: str) -> None:
        """Forget a webhook and what waits for it."""
        ...

    async def log_of_webhook(self, connection: AsyncConnection, webhook: str, limit: int) -> Sequence[Logged]:
        """What was told at a webhook, newest first."""
        ...

    async def log_of_deployment(
        self, connection: AsyncConnection, deployment: DeploymentId, limit: int
    ) -> Sequence[Logged]:
        """What was told about a deployment, newest first."""
        ...


class Books(Protocol):
    """Where the audit trail is kept. Everything happens in the caller's transaction."""

    async def write(self, connection: AsyncConnection, deeds: Sequence[Deed]) -> None:
        """Add entries that have no place in the chain yet."""
        ...

    async def link(self, connection: AsyncConnection, most: int) -> Sequence[Link]:
        """Give the oldest unlinked entries their places; which. One links at a time, others find nothing to do."""
        ...

    async def links(self, connection: AsyncConnection, after: int, limit: int) -> Sequence[Link]:
        """The chain behind the link `after`, as it is stored."""
        ...

    async def read(self, connection: AsyncConnection, question: AuditQuestion) -> tuple[Sequence[Entry], int]:
        """A page of entries, newest first, and how many there are in all."""
        ...
