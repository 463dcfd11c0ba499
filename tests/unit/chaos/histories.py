"""Histories to audit: five deployments as they may go, with all that the topic and the cloud hold of them."""

from dataclasses import dataclass, field
from datetime import timedelta

from chaos.evidence import Evidence, Heard
from shared.contracts.deployments import (
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentMessage,
)
from shared.contracts.ranking import NoSiteFits, RankingMessage, SitesRanked
from shared.contracts.topology import Json
from shared.contracts.trials import (
    TrialBrief,
    TrialCleaned,
    TrialFailed,
    TrialMessage,
    TrialOutcome,
    TrialStarted,
    TrialSucceeded,
)
from shared.contracts.vocabulary import (
    BackendName,
    Cause,
    CredentialRef,
    DeploymentId,
    RankingId,
    Revision,
    ServiceId,
    SiteId,
    TrialNo,
)
from tests.support.builders import NOON, a_candidate, a_request

Told = DeploymentMessage | RankingMessage | TrialMessage
ONE = Revision(1)


@dataclass
class History:
    """What was told and what the cloud wrote down, to be bent by a test before it is audited."""

    heard: list[Heard] = field(default_factory=list)
    ledger: list[dict[str, Json]] = field(default_factory=list)
    accepted: set[DeploymentId] = field(default_factory=set)
    deleted: set[DeploymentId] = field(default_factory=set)
    shown: dict[DeploymentId, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)

    def evidence(self) -> Evidence:
        """As the auditor gets it."""
        return Evidence(**vars(self))

    def tell(self, *bodies: Told) -> None:
        """Tell these facts, one after the other."""
        for body in bodies:
            at = max((fact.offset for fact in self.heard), default=-1) + 1
            time = NOON + timedelta(seconds=at)
            self.heard.append(Heard(f"m-{at}", body.type(), "test", time, body.deployment_id, 0, at, body))

    def build(self, deployment: str, trial: int) -> None:
        """The cloud creates what this trial asked for."""
        number = sum(line["event"] == "created" for line in self.ledger) + 1
        tag = f"corale-{deployment}-{trial}"
        self.ledger.append({"event": "created", "site": "cineca", "tag": tag, "stack": f"stack-{number}"})

    def tear_down(self, deployment: str, trial: int) -> None:
        """The cloud removes it again."""
        tag = f"corale-{deployment}-{trial}"
        stack = next(line["stack"] for line in self.ledger if line.get("tag") == tag)
        self.ledger.append({"event": "deleted", "site": "cineca", "tag": tag, "stack": stack})

    def without(self, kind: type[Told], deployment: str) -> None:
        """The facts of this kind about this deployment are nowhere."""
        self.heard = [fact for fact in self.heard if fact.key != deployment or not isinstance(fact.body, kind)]


def as_it_should_be() -> History:
    """Falls over to a second site; is deleted; fits nowhere; is deleted while it is created; is kept after failure."""
    history = History(accepted={DeploymentId(f"d-{n}") for n in range(1, 6)})
    history.ledger.append({"event": "scripted", "script": {}})
    _falls_over(history, DeploymentId("d-1"))
    _is_deleted(history, DeploymentId("d-2"))
    _fits_nowhere(history, DeploymentId("d-3"))
    _is_deleted_while_it_is_created(history, DeploymentId("d-4"))
    _is_kept(history, DeploymentId("d-5"))
    return history


def _falls_over(history: History, d: DeploymentId) -> None:
    history.tell(a_request(d), ranked(d), started(d, 1))
    history.build(d, 1)
    history.tell(failed(d, 1), started(d, 2))
    history.build(d, 2)
    history.tell(succeeded(d, 2), completed(d, TrialOutcome.FAILED, TrialOutcome.SUCCEEDED))
    history.tear_down(d, 1)
    history.tell(cleaned(d, 1))
    history.shown[d] = "CREATE_COMPLETE"


def _is_deleted(history: History, d: DeploymentId) -> None:
    history.tell(a_request(d), ranked(d), started(d, 1))
    history.build(d, 1)
    history.tell(succeeded(d, 1), completed(d, TrialOutcome.SUCCEEDED), unwanted(d))
    history.tear_down(d, 1)
    history.tell(cleaned(d, 1), gone(d))
    history.deleted.add(d)
    history.shown[d] = "DELETE_COMPLETE"


def _fits_nowhere(history: History, d: DeploymentId) -> None:
    answer = NoSiteFits(deployment_id=d, revision=ONE, ranking_id=RankingId("r"), strategy="s", ranker_version="1")
    history.tell(a_request(d), answer, given_up(d))
    history.shown[d] = "CREATE_FAILED"


def _is_deleted_while_it_is_created(history: History, d: DeploymentId) -> None:
    history.tell(a_request(d), ranked(d), started(d, 1), unwanted(d))
    history.build(d, 1)
    history.tell(succeeded(d, 1))
    history.tear_down(d, 1)
    history.tell(cleaned(d, 1), gone(d))
    history.deleted.add(d)
    history.shown[d] = "DELETE_COMPLETE"


def _is_kept(history: History, d: DeploymentId) -> None:
    history.tell(a_request(d), ranked(d), started(d, 1))
    history.build(d, 1)
    history.tell(failed(d, 1), given_up(d, TrialOutcome.KEPT))
    history.shown[d] = "CREATE_FAILED"


def ranked(d: DeploymentId) -> SitesRanked:
    """Two sites fit."""
    return SitesRanked(
        deployment_id=d,
        revision=ONE,
        ranking_id=RankingId("r"),
        strategy="s",
        ranker_version="1",
        candidates=(a_candidate("cineca"), a_candidate("cnaf")),
    )


def started(d: DeploymentId, trial: int) -> TrialStarted:
    """A trial begins."""
    return TrialStarted(
        deployment_id=d,
        trial=TrialNo(trial),
        revision=ONE,
        site=SiteId("cineca"),
        service=ServiceId("cineca-compute"),
        backend=BackendName("simulated"),
        service_type="org.openstack.nova",
        endpoint="http://cloud.example.org",
        deadline=NOON + timedelta(hours=1),
    )


def succeeded(d: DeploymentId, trial: int) -> TrialSucceeded:
    """It stands."""
    return TrialSucceeded(deployment_id=d, trial=TrialNo(trial), external_id="stack")


def failed(d: DeploymentId, trial: int, cause: Cause = Cause.QUOTA) -> TrialFailed:
    """It came to nothing."""
    return TrialFailed(deployment_id=d, trial=TrialNo(trial), cause=cause, sentence="No room.", site_fault=True)


def cleaned(d: DeploymentId, trial: int) -> TrialCleaned:
    """Nothing is left of it."""
    return TrialCleaned(deployment_id=d, trial=TrialNo(trial))


def completed(d: DeploymentId, *outcomes: TrialOutcome) -> DeploymentCompleted:
    """The deployment stands, after trials with these outcomes."""
    return DeploymentCompleted(deployment_id=d, revision=ONE, trials=_briefs(outcomes))


def given_up(d: DeploymentId, *outcomes: TrialOutcome) -> DeploymentFailed:
    """The deployment failed, after trials with these outcomes."""
    return DeploymentFailed(
        deployment_id=d, revision=ONE, cause=Cause.CAPACITY, sentence="No room.", trials=_briefs(outcomes)
    )


def unwanted(d: DeploymentId) -> DeletionRequested:
    """Its user wants it gone."""
    return DeletionRequested(deployment_id=d, requested_by=a_request(d).owner, credential=CredentialRef("cred"))


def gone(d: DeploymentId) -> DeploymentDeleted:
    """It is gone."""
    return DeploymentDeleted(deployment_id=d)


def _briefs(outcomes: tuple[TrialOutcome, ...]) -> tuple[TrialBrief, ...]:
    return tuple(
        TrialBrief(
            trial=TrialNo(number),
            site=SiteId("cineca"),
            service=ServiceId("cineca-compute"),
            backend=BackendName("simulated"),
            outcome=outcome,
        )
        for number, outcome in enumerate(outcomes, start=1)
    )
