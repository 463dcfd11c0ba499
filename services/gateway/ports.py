"""What the gateway asks of its store and its vault, in the gateway's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.plan import Plan
from services.gateway.domain.view import View
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


class Page(NamedTuple):
    """A page of views, newest first, and how many there are in all."""

    views: Sequence[View]
    total: int


class Views(Protocol):
    """Where views and timelines are kept. Everything happens in the caller's transaction."""

    async def add(self, connection: AsyncConnection, views: Sequence[tuple[View, str]]) -> None:
        """Keep new views with their templates; one that is there already stays as it is."""
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

    async def retell(self, connection: AsyncConnection, deployment: DeploymentId, template: str) -> None:
        """The template is this from now on."""
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
        self, connection: AsyncConnection, keys: Mapping[tuple[Principal, str], DeploymentId]
    ) -> dict[tuple[Principal, str], DeploymentId]:
        """Which deployment each idempotency key stands for: the one given now, unless it was given before."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """Which deployments to list, and which page of them (counted from 0)."""

    owner: Principal
    user_group: str | None = None
    excluded: tuple[str, ...] = ()
    page: int = 0
    size: int = 10
    newest_first: bool = True


class Secret(NamedTuple):
    """What the vault gives back."""

    token: str
    secret_inputs: Mapping[str, Json]


class Vault(Protocol):
    """Keeps tokens and secret inputs sealed."""

    async def keep(
        self, connection: AsyncConnection, entries: Sequence[tuple[CredentialRef, Caller, Mapping[str, Json]]]
    ) -> None:
        """Seal each caller's token, and the secret inputs that came with it, under a reference."""
        ...

    async def open(self, connection: AsyncConnection, reference: CredentialRef, at: datetime) -> Secret | None:
        """The freshest living token of the reference's owner and the reference's secret inputs, or `None`."""
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
        """Forget the secret outputs of deployments that are gone."""
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
