"""One message of every kind, with every field said: what the golden files must mean to today's code."""

from datetime import UTC, datetime, timedelta

from services.deployer.domain.commands import (
    About,
    ChangeInfrastructure,
    CleanUpTrial,
    DeadlinePassed,
    PerformAction,
    StartTrial,
)
from shared.contracts.audit import AuditRecorded, Deed, Doing, Outcome
from shared.contracts.deployments import (
    ActionCompleted,
    ActionFailed,
    ActionRequested,
    CredentialLost,
    CredentialRestored,
    DeletionFailed,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
    ResetRequested,
    UpdateCompleted,
    UpdateFailed,
    UpdateRequested,
)
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.trials import (
    CleanUpStuck,
    NodeProgress,
    TrialActed,
    TrialActionFailed,
    TrialChanged,
    TrialChangeFailed,
    TrialCleaned,
    TrialFailed,
    TrialProgressed,
    TrialStarted,
    TrialSucceeded,
)
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    AgreementId,
    Cause,
    Limits,
    NodeState,
    Revision,
    SiteId,
    TrialNo,
    Wishes,
)
from tests.contract.told_of_sites import (
    CANDIDATE,
    COMPUTE,
    CREDENTIAL,
    DEPLOYMENT,
    OWNER,
    RESOURCE,
    SITE_MESSAGES,
    TRIAL,
)
from tests.contract.told_of_topology import TOPOLOGY

DEADLINE = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
ONE, TWO = TrialNo(1), TrialNo(2)
REVISION = Revision(3)
ACTION = ActionId("action-1")

BODIES: tuple[Message, ...] = (
    AuditRecorded(
        seq=7,
        deed=Deed(
            at=DEADLINE,
            who=OWNER,
            service="deployer",
            owner=OWNER,
            group="biomed",
            doing=Doing.DELETE,
            about=DEPLOYMENT,
            outcome=Outcome.REFUSED,
            sentence="It is being deleted already.",
            request_id="r-1",
            client="192.0.2.9",
            user_agent="orchent/1.0",
        ),
        before="0" * 64,
        hash="1" * 64,
    ),
    DeploymentRequested(
        deployment_id=DEPLOYMENT,
        revision=REVISION,
        owner=OWNER,
        user_group="biomed",
        credential=CREDENTIAL,
        topology=TOPOLOGY,
        template="tosca_definitions_version: tosca_simple_yaml_1_0\n",
        limits=Limits(
            overall_timeout=timedelta(hours=2), trial_timeout=timedelta(minutes=30), max_trials=3, keep_last=True
        ),
        wishes=Wishes(sites=(SiteId("cineca"),), agreements=(AgreementId("sla-1"),), regions=("bologna",)),
    ),
    UpdateRequested(
        deployment_id=DEPLOYMENT,
        revision=REVISION,
        owner=OWNER,
        user_group="biomed",
        credential=CREDENTIAL,
        topology=TOPOLOGY,
        template="tosca_definitions_version: tosca_simple_yaml_1_0\n",
        limits=Limits(
            overall_timeout=timedelta(hours=2), trial_timeout=timedelta(minutes=30), max_trials=3, keep_last=True
        ),
        requested_by=OWNER,
    ),
    ActionRequested(
        deployment_id=DEPLOYMENT,
        action_id=ACTION,
        action=Action.STOP,
        machines=("vm-0",),
        requested_by=OWNER,
        credential=CREDENTIAL,
    ),
    ResetRequested(deployment_id=DEPLOYMENT, requested_by=OWNER),
    CredentialLost(deployment_id=DEPLOYMENT, sentence="The login has expired."),
    CredentialRestored(deployment_id=DEPLOYMENT, credential=CREDENTIAL),
    UpdateCompleted(deployment_id=DEPLOYMENT, revision=REVISION, outputs={"ip": "192.0.2.7"}, resources=(RESOURCE,)),
    UpdateFailed(deployment_id=DEPLOYMENT, revision=REVISION, cause=Cause.QUOTA, sentence="The quota is used up."),
    ActionCompleted(
        deployment_id=DEPLOYMENT, action_id=ACTION, action=Action.STOP, machines=("vm-0",), resources=(RESOURCE,)
    ),
    ActionFailed(
        deployment_id=DEPLOYMENT, action_id=ACTION, action=Action.STOP, machines=("vm-0",), sentence="It is busy."
    ),
    TrialChanged(
        deployment_id=DEPLOYMENT, trial=TWO, revision=REVISION, outputs={"ip": "192.0.2.7"}, resources=(RESOURCE,)
    ),
    TrialChangeFailed(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        revision=REVISION,
        cause=Cause.QUOTA,
        sentence="The quota is used up.",
        detail="Quota exceeded for cores.",
    ),
    TrialActed(deployment_id=DEPLOYMENT, trial=TWO, action_id=ACTION, resources=(RESOURCE,)),
    TrialActionFailed(deployment_id=DEPLOYMENT, trial=TWO, action_id=ACTION, sentence="It is busy."),
    ChangeInfrastructure(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        revision=REVISION,
        owner=OWNER,
        credential=CREDENTIAL,
        candidate=CANDIDATE,
    ),
    PerformAction(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        revision=REVISION,
        owner=OWNER,
        credential=CREDENTIAL,
        candidate=CANDIDATE,
        action_id=ACTION,
        action=Action.STOP,
        machines=("vm-0",),
    ),
    DeletionRequested(deployment_id=DEPLOYMENT, requested_by=OWNER, credential=CREDENTIAL, force=True),
    DeploymentCompleted(
        deployment_id=DEPLOYMENT,
        revision=REVISION,
        outputs={"ip": "192.0.2.7", "ports": [22, 443]},
        resources=(RESOURCE,),
        trials=(TRIAL,),
    ),
    DeploymentFailed(
        deployment_id=DEPLOYMENT, revision=REVISION, cause=Cause.QUOTA, sentence="No site has room.", trials=(TRIAL,)
    ),
    DeploymentDeleted(deployment_id=DEPLOYMENT, trials=(TRIAL,)),
    DeletionFailed(
        deployment_id=DEPLOYMENT, sentence="A volume cannot be removed.", remains=("volume v-9",), trials=(TRIAL,)
    ),
    TrialStarted(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        revision=REVISION,
        site=CANDIDATE.site,
        service=COMPUTE,
        backend=CANDIDATE.backend,
        service_type=CANDIDATE.service_type,
        endpoint=CANDIDATE.endpoint,
        region="bologna",
        deadline=DEADLINE,
    ),
    TrialProgressed(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        external_id="inf-7",
        message="configuring",
        nodes=(NodeProgress(node="server", state=NodeState.CONFIGURING),),
    ),
    TrialSucceeded(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        external_id="inf-7",
        outputs={"ip": "192.0.2.7"},
        resources=(RESOURCE,),
    ),
    TrialFailed(
        deployment_id=DEPLOYMENT,
        trial=ONE,
        cause=Cause.CAPACITY,
        sentence="The site has no host for it.",
        site_fault=True,
        detail="No valid host was found.",
    ),
    TrialCleaned(deployment_id=DEPLOYMENT, trial=ONE),
    CleanUpStuck(
        deployment_id=DEPLOYMENT, trial=ONE, sentence="A volume is in use.", remains=("volume v-9 at cineca",)
    ),
    StartTrial(
        deployment_id=DEPLOYMENT,
        trial=TWO,
        revision=REVISION,
        owner=OWNER,
        credential=CREDENTIAL,
        candidate=CANDIDATE,
        deadline=DEADLINE,
    ),
    CleanUpTrial(
        deployment_id=DEPLOYMENT,
        trial=ONE,
        revision=REVISION,
        owner=OWNER,
        credential=CREDENTIAL,
        candidate=CANDIDATE,
        force=True,
    ),
    DeadlinePassed(deployment_id=DEPLOYMENT, about=About.TRIAL, trial=TWO),
    *SITE_MESSAGES,
)


def telling(body: Message) -> Envelope:
    """The envelope around a golden message: every attribute said."""
    return Envelope(
        id=f"7d2b-{body.type()}",
        source="corale/golden",
        time=datetime(2026, 3, 2, 12, 0, 0, 250000, tzinfo=UTC),
        body=body,
        cause="7d2b-cause",
        trace={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "corale=1"},
    )
