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
    Updating,
)
from shared.contracts.deployments import (
    ActionRequested,
    CredentialLost,
    CredentialRestored,
    DeletionRequested,
    DeploymentRequested,
    ResetRequested,
    UpdateRequested,
)
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import (
    CleanUpStuck,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialSucceeded,
)
from shared.contracts.vocabulary import (
    Action,
    ActionId,
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


def updating(revision: int = 2) -> UpdateRequested:
    """The deployment is to become something else."""
    request = a_request(ID)
    return UpdateRequested(
        deployment_id=ID,
        revision=Revision(revision),
        owner=request.owner,
        credential=CredentialRef("cred-3"),
        topology=request.topology,
        template=request.template,
        requested_by=request.owner,
    )


def changed(trial: int, revision: int = 2) -> TrialChanged:
    """What stood is what the update asked for."""
    return TrialChanged(
        deployment_id=ID, trial=TrialNo(trial), revision=Revision(revision), outputs={"ip": "192.0.2.2"}
    )


def not_changed(trial: int, revision: int = 2) -> TrialChangeFailed:
    """What stood could not be changed."""
    return TrialChangeFailed(
        deployment_id=ID, trial=TrialNo(trial), revision=Revision(revision), cause=Cause.QUOTA, sentence="no room"
    )


def action(name: str = "a-1") -> ActionRequested:
    """A machine is to be stopped."""
    return ActionRequested(
        deployment_id=ID,
        action_id=ActionId(name),
        action=Action.STOP,
        machines=("vm-7",),
        requested_by=a_request(ID).owner,
        credential=CredentialRef("cred-4"),
    )


def acted(name: str = "a-1") -> TrialActed:
    """The machine is stopped."""
    return TrialActed(deployment_id=ID, trial=TrialNo(2), action_id=ActionId(name))


def not_acted(name: str = "a-1") -> TrialActionFailed:
    """The machine goes on."""
    return TrialActionFailed(deployment_id=ID, trial=TrialNo(2), action_id=ActionId(name), sentence="it is busy")


def reset() -> ResetRequested:
    """Nobody waits for the deletion any more."""
    return ResetRequested(deployment_id=ID, requested_by=a_request(ID).owner)


LOST = CredentialLost(deployment_id=ID, sentence="The login has expired.")
RESTORED = CredentialRestored(deployment_id=ID, credential=CredentialRef("cred-9"))


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
    "Trying:waiting": lambda: after(requested(), ranked("a", "b", "c"), failed(1), LOST),
    "Deployed": lambda: after(requested(), ranked("a", "b"), failed(1), succeeded(2)),
    "Deployed:acting": lambda: after(requested(), ranked("a", "b"), failed(1), succeeded(2), action()),
    "Updating": lambda: after(requested(), ranked("a", "b"), failed(1), succeeded(2), updating()),
    "Updating:waiting": lambda: after(requested(), ranked("a", "b"), failed(1), succeeded(2), updating(), LOST),
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
    "UpdateRequested": updating(),
    "UpdateRequested:old": updating(1),
    "TrialChanged": changed(2),
    "TrialChanged:old": changed(2, 1),
    "TrialChangeFailed": not_changed(2),
    "TrialChangeFailed:old": not_changed(2, 1),
    "ActionRequested": action(),
    "ActionRequested:next": action("a-2"),
    "TrialActed": acted(),
    "TrialActed:unknown": acted("a-0"),
    "TrialActionFailed": not_acted(),
    "DeletionRequested": deletion(),
    "ResetRequested": reset(),
    "CredentialLost": LOST,
    "CredentialRestored": RESTORED,
    "DeadlinePassed:ranking": late(About.RANKING),
    "DeadlinePassed:trial": late(About.TRIAL, 2),
    "DeadlinePassed:trial:other": late(About.TRIAL, 1),
    "DeadlinePassed:update": late(About.UPDATE, 2),
    "DeadlinePassed:update:other": late(About.UPDATE, 1),
    "DeadlinePassed:overall": late(About.OVERALL),
    "DeadlinePassed:cleaning": late(About.CLEANING),
}

CLASSES = {
    "NotStarted": NotStarted,
    "Ranking": Ranking,
    "Trying": Trying,
    "Trying:waiting": Trying,
    "Deployed": Deployed,
    "Deployed:acting": Deployed,
    "Updating": Updating,
    "Updating:waiting": Updating,
    "Failed": Failed,
    "Deleting": Deleting,
    "DeletionStuck": DeletionStuck,
    "Deleted": Deleted,
}
