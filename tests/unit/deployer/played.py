"""One saga in every state, and one event of every kind, for the diagram and the properties."""

from collections.abc import Callable

from services.deployer.domain.commands import About, DeadlinePassed
from services.deployer.domain.decision import Event
from services.deployer.domain.saga import decide
from services.deployer.domain.states import (
    Deleted,
    Deleting,
    DeletionStuck,
    Deployed,
    Failed,
    NotStarted,
    Ranking,
    State,
    Trying,
)
from shared.contracts.deployments import DeletionRequested, DeploymentRequested
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import CleanUpStuck, TrialCleaned, TrialFailed, TrialSucceeded
from shared.contracts.vocabulary import (
    Cause,
    CredentialRef,
    DeploymentId,
    Limits,
    Principal,
    RankingId,
    Revision,
    TrialNo,
)
from tests.support.builders import ISSUER, NOON, a_candidate, a_request

ID = DeploymentId("d-1")


def requested(limits: Limits | None = None) -> DeploymentRequested:
    """The deployment is asked for."""
    return a_request(ID, limits=limits)


def ranked(*sites: str) -> SitesRanked:
    """These sites fit, in this order."""
    candidates = tuple(a_candidate(site) for site in sites)
    return SitesRanked(
        deployment_id=ID,
        revision=Revision(1),
        ranking_id=RankingId("r"),
        strategy="index",
        ranker_version="1",
        candidates=candidates,
    )


def none_fits() -> NoSiteFits:
    """No site fits."""
    return NoSiteFits(
        deployment_id=ID, revision=Revision(1), ranking_id=RankingId("r"), strategy="index", ranker_version="1"
    )


def succeeded(trial: int) -> TrialSucceeded:
    """The trial stands."""
    return TrialSucceeded(
        deployment_id=ID, trial=TrialNo(trial), external_id=f"ext-{trial}", outputs={"ip": "192.0.2.1"}
    )


def failed(trial: int, *, site_fault: bool = True) -> TrialFailed:
    """The trial came to nothing."""
    cause = Cause.QUOTA if site_fault else Cause.TEMPLATE
    return TrialFailed(deployment_id=ID, trial=TrialNo(trial), cause=cause, sentence="no room", site_fault=site_fault)


def cleaned(trial: int) -> TrialCleaned:
    """Nothing of the trial is left."""
    return TrialCleaned(deployment_id=ID, trial=TrialNo(trial))


def stuck(trial: int) -> CleanUpStuck:
    """The trial cannot be removed."""
    return CleanUpStuck(deployment_id=ID, trial=TrialNo(trial), sentence="refused", remains=("vm-7",))


def deletion(*, force: bool = False) -> DeletionRequested:
    """The deployment is to go."""
    owner = Principal(issuer=ISSUER, subject="ada")
    return DeletionRequested(deployment_id=ID, requested_by=owner, credential=CredentialRef("cred-2"), force=force)


def late(about: About, trial: int | None = None) -> DeadlinePassed:
    """It is too late for something."""
    return DeadlinePassed(deployment_id=ID, about=about, trial=None if trial is None else TrialNo(trial))


def after(*events: Event) -> State:
    """The state that a saga is in after these events."""
    state: State = NotStarted()
    for event in events:
        state = decide(state, event, NOON).state
    return state


STATES: dict[str, Callable[[], State]] = {
    "NotStarted": NotStarted,
    "Ranking": lambda: after(requested()),
    "Trying": lambda: after(requested(), ranked("a", "b", "c"), failed(1)),
    "Deployed": lambda: after(requested(), ranked("a", "b"), failed(1), succeeded(2)),
    "Failed": lambda: after(requested(), ranked("a", "b"), failed(1), failed(2)),
    "Deleting": lambda: after(requested(), ranked("a", "b"), failed(1), cleaned(1), succeeded(2), deletion()),
    "DeletionStuck": lambda: after(
        requested(), ranked("a", "b"), failed(1), cleaned(1), succeeded(2), deletion(), stuck(2)
    ),
    "Deleted": lambda: after(requested(), deletion()),
}
"""Every state with two trials behind it where it can have them; the second is the one that counts."""

EVENTS: dict[str, Event] = {
    "DeploymentRequested": requested(),
    "SitesRanked": ranked("a", "b"),
    "SitesRanked:none": ranked(),
    "NoSiteFits": none_fits(),
    "TrialSucceeded": succeeded(2),
    "TrialSucceeded:other": succeeded(1),
    "TrialFailed": failed(2),
    "TrialFailed:template": failed(2, site_fault=False),
    "TrialFailed:other": failed(1),
    "TrialCleaned": cleaned(2),
    "TrialCleaned:other": cleaned(1),
    "CleanUpStuck": stuck(2),
    "CleanUpStuck:other": stuck(1),
    "DeletionRequested": deletion(),
    "DeadlinePassed:ranking": late(About.RANKING),
    "DeadlinePassed:trial": late(About.TRIAL, 2),
    "DeadlinePassed:trial:other": late(About.TRIAL, 1),
    "DeadlinePassed:overall": late(About.OVERALL),
    "DeadlinePassed:cleaning": late(About.CLEANING),
}

CLASSES = {
    "NotStarted": NotStarted,
    "Ranking": Ranking,
    "Trying": Trying,
    "Deployed": Deployed,
    "Failed": Failed,
    "Deleting": Deleting,
    "DeletionStuck": DeletionStuck,
    "Deleted": Deleted,
}
