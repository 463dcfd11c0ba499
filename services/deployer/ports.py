"""What the deployer asks of a backend, in the deployer's words, and what a backend promises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.deployer.domain.outcomes import Acted, Broken, Created, Going, Gone, Pending, Ready
from services.deployer.domain.states import State
from services.deployer.domain.trial import Errand, Phase, Step, Trial
from shared.contracts.deployments import DeploymentRequested, UpdateRequested
from shared.contracts.ranking import Candidate
from shared.contracts.topology import Json, Topology
from shared.contracts.vocabulary import (
    Action,
    BackendName,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    ServiceId,
    TrialNo,
)
from shared.failures import Permanent, Transient

__all__ = [
    "Access",
    "Acted",
    "Backend",
    "Broken",
    "Change",
    "Claim",
    "Created",
    "CredentialGone",
    "Credentials",
    "Features",
    "Going",
    "Gone",
    "Leased",
    "NoVault",
    "OpenBackend",
    "Ordered",
    "Pending",
    "Ready",
    "Removal",
    "Sagas",
    "Stored",
    "Target",
    "Trials",
    "tag_of",
]


@dataclass(frozen=True, slots=True)
class Access:
    """The right to act for a user: a short-lived bearer token and the values of secret inputs. Never logged.

    `site` is what the user has at a site that takes no token: `username`, `password`, perhaps `tenant`; mostly empty.
    """

    token: str = field(repr=False)
    secret_inputs: Mapping[str, Json] = field(default_factory=dict, repr=False)
    site: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A trial as its backend sees it. `tag` is on everything the trial makes; `external_id` is known after creation."""

    tag: str
    deployment_id: DeploymentId
    trial: TrialNo
    owner: Principal
    candidate: Candidate
    topology: Topology
    template: str
    access: Access | None = None
    external_id: str | None = None


def tag_of(deployment_id: DeploymentId, trial: TrialNo) -> str:
    """The one deterministic name of whatever a trial makes: letters, digits and dashes, at most 63 characters."""
    return f"corale-{deployment_id}-{trial}"


@dataclass(frozen=True, slots=True)
class Features:
    """What a backend needs and can do.

    `needs_access`: it acts with the user's token. `changes`: what stands can be made into what another template says.
    `acts`: machines can be started and stopped one by one.
    """

    needs_access: bool = True
    changes: bool = False
    acts: bool = False


class Backend(Protocol):
    """A kind of site service. Every method may be called again after a crash, at any time, by another process.

    All raise `failures.Transient` when the site cannot be reached or has no time for us, and only then. What the site
    refuses is a value (`Broken`), never an exception. No method waits for the work to finish: each asks once.
    """

    @property
    def features(self) -> Features:
        """What this backend needs and can do."""
        ...

    async def create(self, target: Target) -> Created | Broken:
        """Ask the site to begin. The caller has called `find` before if an earlier call may have got through."""
        ...

    async def find(self, target: Target) -> str | None:
        """The external id of what carries the target's tag, or `None`."""
        ...

    async def progress(self, target: Target) -> Pending | Ready | Broken:
        """How the thing with the target's `external_id` is doing. Gone behind our back is `Broken`."""
        ...

    async def change(self, target: Target) -> Created | Broken:
        """Ask the site to make what stands into what the target's topology says now; `progress` says when it is so.

        Asked again after a crash it asks for the same. Called only if `features.changes`.
        """
        ...

    async def act(self, target: Target, action: Action, machines: Sequence[str]) -> Acted | Pending | Broken:
        """Do something to machines, named by the site's ids; done before is done. Called only if `features.acts`.

        Called again, for the same, as long as it answers `Pending`.
        """
        ...

    async def destroy(self, target: Target, *, force: bool = False) -> Gone | Going | Broken:
        """Remove everything with the target's tag, known id or not. What is already gone is `Gone`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class OpenBackend(Protocol):
    """What every backend folder exports as `open_backend`."""

    def __call__(self, settings: Mapping[str, str]) -> Backend:
        """A backend from the operator's settings for it (`DEPLOYER_BACKEND__<KEY>`); refuses unknown ones whole."""
        ...


class Stored(NamedTuple):
    """A saga as it stands in the store; version 0 is one that is not there yet."""

    state: State
    version: int


class Sagas(Protocol):
    """Where sagas are kept. Everything happens in the caller's transaction."""

    async def load(self, connection: AsyncConnection, ids: Iterable[DeploymentId]) -> dict[DeploymentId, Stored]:
        """The sagas of `ids`, locked until the transaction ends; an unknown one is `NotStarted` at version 0."""
        ...

    async def save(self, connection: AsyncConnection, sagas: Mapping[DeploymentId, Stored]) -> None:
        """Write each saga one version on. Raises `failures.Transient` when somebody else moved one meanwhile."""
        ...

    async def keep_requests(
        self, connection: AsyncConnection, requests: Iterable[DeploymentRequested | UpdateRequested]
    ) -> None:
        """Keep what was asked for, for the backends; keeping it twice is keeping it once."""
        ...


class CredentialGone(Permanent):
    """Nobody can act for the owner of a credential until the owner comes again; the text says why."""


class NoVault(Transient):
    """The vault cannot be asked now; no site is to blame for that."""


class Credentials(Protocol):
    """Trades a credential reference for the right to act, and keeps what must not travel."""

    async def keep(self, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]) -> None:
        """Seal secret outputs of a trial; keeping them again replaces them. Raises `NoVault`."""
        ...

    async def access(self, reference: CredentialRef, service: ServiceId | None = None) -> Access:
        """A token that lives for minutes, with the secret inputs; for a `service`, also what the owner has there.

        Raises `NoVault` when the vault cannot be asked, `CredentialGone` when it has no living token, and
        `failures.Permanent` when it does not know the reference.
        """
        ...


class Ordered(NamedTuple):
    """A trial as it was ordered: by which message, within which trace."""

    deployment_id: DeploymentId
    trial: TrialNo
    revision: Revision
    errand: Errand
    cause: str
    trace: Mapping[str, str]


class Change(NamedTuple):
    """An order to a trial that stands: to become what its revision says, or to have something done to it."""

    ordered: Ordered
    phase: Phase


class Removal(NamedTuple):
    """An order to remove what a trial made."""

    ordered: Ordered
    force: bool


class Leased(NamedTuple):
    """A trial in hand: nobody else advances it while the lease lasts."""

    trial: Trial
    token: str
    cause: str
    trace: Mapping[str, str]


class Claim(NamedTuple):
    """At most `room` trials of `backend` that are due at `at`, for `token` and as long as `lease`."""

    backend: BackendName
    token: str
    at: datetime
    lease: timedelta
    room: int


class Trials(Protocol):
    """Where trials are kept. Everything happens in the caller's transaction."""

    async def start(self, connection: AsyncConnection, orders: Sequence[Ordered], at: datetime) -> None:
        """A row for each order, due at once; ordered twice is ordered once."""
        ...

    async def change(self, connection: AsyncConnection, changes: Sequence[Change], at: datetime) -> None:
        """Have each trial that is not to go changed; what it was doing is not waited for."""
        ...

    async def remove(self, connection: AsyncConnection, removals: Sequence[Removal], at: datetime) -> None:
        """Want each trial gone; a creation in hand is finished first, and then undone."""
        ...

    async def claim(self, connection: AsyncConnection, claim: Claim) -> list[Leased]:
        """Lease what is due; a creation is counted before it is asked for, so that a crash leaves its trace."""
        ...

    async def extend(self, connection: AsyncConnection, held: Iterable[Leased], token: str, until: datetime) -> None:
        """Hold on to what is still in hand."""
        ...

    async def record(
        self, connection: AsyncConnection, steps: Sequence[tuple[Leased, Step]], at: datetime
    ) -> set[tuple[DeploymentId, TrialNo]]:
        """Write the steps whose lease still holds; returns which. What is not among them must not be told."""
        ...

    async def requests(
        self, connection: AsyncConnection, keys: Iterable[tuple[DeploymentId, Revision]]
    ) -> list[DeploymentRequested]:
        """What was asked for, for the trials that need it."""
        ...
