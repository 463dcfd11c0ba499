"""The value types of the language. Units are in the type or in the name; nothing here is a naked string or number."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, NewType

from pydantic import BaseModel, ConfigDict, Field

DeploymentId = NewType("DeploymentId", str)
SiteId = NewType("SiteId", str)
ServiceId = NewType("ServiceId", str)
AgreementId = NewType("AgreementId", str)
RankingId = NewType("RankingId", str)
PlanId = NewType("PlanId", str)
ActionId = NewType("ActionId", str)
CredentialRef = NewType("CredentialRef", str)
BackendName = NewType("BackendName", str)
TrialNo = NewType("TrialNo", int)
Revision = NewType("Revision", int)

Cores = Annotated[float, Field(ge=0)]
Megabytes = Annotated[int, Field(ge=0)]
Gigabytes = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Value(BaseModel):
    """A frozen part of a message. Unknown fields are ignored, so a reader outlives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Cause(StrEnum):
    """Why a trial failed, in one word."""

    QUOTA = "quota"
    IMAGE = "image"
    NETWORK = "network"
    AUTH = "auth"
    TIMEOUT = "timeout"
    CAPACITY = "capacity"
    TEMPLATE = "template"
    CONFIGURATION = "configuration"
    BACKEND = "backend"


class Action(StrEnum):
    """What can be done to a machine that stands."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"


class NodeState(StrEnum):
    """The life of one node of a topology, in the words that INDIGO clients know."""

    INITIAL = "INITIAL"
    CREATING = "CREATING"
    CREATED = "CREATED"
    CONFIGURING = "CONFIGURING"
    CONFIGURED = "CONFIGURED"
    STARTING = "STARTING"
    STARTED = "STARTED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"
    ERROR = "ERROR"


class Principal(Value):
    """A user. A subject alone names nobody: two issuers may give out the same one."""

    issuer: str
    subject: str


class Limits(Value):
    """How long and how often to try. `trial_timeout` bounds one trial, `overall_timeout` the whole deployment."""

    overall_timeout: timedelta | None = None
    trial_timeout: timedelta | None = None
    max_trials: Annotated[int, Field(ge=1)] | None = None
    keep_last: bool = False


class Wishes(Value):
    """Where the user would like to be placed; each one that is set is a filter."""

    sites: tuple[SiteId, ...] = ()
    agreements: tuple[AgreementId, ...] = ()
    regions: tuple[str, ...] = ()
