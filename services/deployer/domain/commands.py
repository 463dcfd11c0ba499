"""What the saga orders: private to the deployer, never in `shared`."""

from enum import StrEnum

from pydantic import AwareDatetime

from shared.contracts.message import Message
from shared.contracts.ranking import Candidate
from shared.contracts.streams import Stream
from shared.contracts.trials import TrialMessage
from shared.contracts.vocabulary import (
    Action,
    ActionId,
    BackendName,
    CredentialRef,
    DeploymentId,
    Principal,
    Revision,
    TrialNo,
    Value,
)


class StartTrial(TrialMessage):
    """Begin at this site. The request itself is in the deployer's store under deployment and revision."""

    revision: Revision
    owner: Principal
    credential: CredentialRef
    candidate: Candidate
    deadline: AwareDatetime


class CleanUpTrial(TrialMessage):
    """Remove all that the trial made and verify that it is gone."""

    revision: Revision
    owner: Principal
    credential: CredentialRef
    candidate: Candidate
    force: bool = False


class ChangeInfrastructure(TrialMessage):
    """Make what the trial made into what this revision asks; the request is in the deployer's store."""

    revision: Revision
    owner: Principal
    credential: CredentialRef
    candidate: Candidate


class PerformAction(TrialMessage):
    """Do something to machines that the trial made."""

    owner: Principal
    credential: CredentialRef
    candidate: Candidate
    revision: Revision
    action_id: ActionId
    action: Action
    machines: tuple[str, ...]


class About(StrEnum):
    """What a deadline is about."""

    RANKING = "ranking"
    TRIAL = "trial"
    OVERALL = "overall"
    CLEANING = "cleaning"
    UPDATE = "update"


class WakeAt(Value):
    """Tell the saga when it is that late; the answer is a `DeadlinePassed`."""

    when: AwareDatetime
    about: About
    trial: TrialNo | None = None


class DeadlinePassed(Message):
    """It is that late now."""

    deployment_id: DeploymentId
    about: About
    trial: TrialNo | None = None

    @property
    def key(self) -> str:
        """The deployment's id."""
        return self.deployment_id


DEADLINES = Stream(topic="deployer.deadlines", key="deployment id", members={DeadlinePassed: "deployer"})


def orders_for(backend: BackendName) -> Stream:
    """The stream of orders to one backend."""
    return Stream(
        topic=f"deployer.{backend}",
        key="deployment id",
        members={
            StartTrial: "deployer",
            CleanUpTrial: "deployer",
            ChangeInfrastructure: "deployer",
            PerformAction: "deployer",
        },
    )
