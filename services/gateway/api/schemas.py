"""What HTTP clients send and see; never a message."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.gateway.domain.iaas import iaas_type
from services.gateway.domain.resources import Piece, machine_info
from services.gateway.domain.view import TrialView, View
from services.gateway.ports import Told
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Action, AgreementId, Limits, SiteId, Wishes

EXAMPLE: dict[str, Json] = {
    "template": """tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  inputs:
    cpus: {type: integer, default: 1}
  node_templates:
    server:
      type: tosca.nodes.Compute
      capabilities:
        host: {properties: {num_cpus: {get_input: cpus}, mem_size: 2 GB}}
        os: {properties: {distribution: ubuntu}}
  outputs:
    ip: {value: {get_attribute: [server, public_address]}}
""",
    "parameters": {"cpus": 2},
    "timeoutMins": 240,
    "keepLastAttempt": False,
}
Minutes = Annotated[int, Field(ge=1, le=10 * 366 * 24 * 60)]
Trials = Annotated[int, Field(ge=1, le=1_000_000)]


def _said(value: object) -> object:
    """Some clients send an empty text for what is not said."""
    return None if value == "" else value


def _map(value: object) -> object:
    return {} if value is None or value == "" else value


def _yes_or_no(value: object) -> object:
    return False if value is None or value == "" else value


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class Placement(BaseModel):
    """Where the user would like to be placed; each list that is given is a filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sites: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def wishes(self) -> Wishes:
        """The same in the words of the language."""
        return Wishes(
            sites=tuple(map(SiteId, self.sites)),
            agreements=tuple(map(AgreementId, self.agreements)),
            regions=self.regions,
        )


class CreateDeployment(BaseModel):
    """The body of `POST /deployments`. Unknown members are ignored; numbers and booleans may come as strings."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"examples": [EXAMPLE]})

    template: Annotated[str, Field(min_length=1)]
    parameters: Annotated[dict[str, Any], BeforeValidator(_map)] = {}
    callback: Annotated[Annotated[str, Field(pattern=r"^https?://")] | None, BeforeValidator(_said)] = None
    user_group: Annotated[str | None, BeforeValidator(_said), Field(alias="userGroup")] = None
    timeout_mins: Annotated[Minutes | None, BeforeValidator(_said), Field(alias="timeoutMins")] = None
    provider_timeout_mins: Annotated[Minutes | None, BeforeValidator(_said), Field(alias="providerTimeoutMins")] = None
    max_providers_retry: Annotated[Trials | None, BeforeValidator(_said), Field(alias="maxProvidersRetry")] = None
    keep_last_attempt: Annotated[
        bool, BeforeValidator(_yes_or_no), Field(validation_alias=AliasChoices("keepLastAttempt", "keepLastAttemp"))
    ] = False
    placement: Placement = Placement()
    plan: str | None = None

    @property
    def limits(self) -> Limits:
        """How long and how often to try."""
        return Limits(
            overall_timeout=timedelta(minutes=self.timeout_mins) if self.timeout_mins else None,
            trial_timeout=timedelta(minutes=self.provider_timeout_mins) if self.provider_timeout_mins else None,
            max_trials=self.max_providers_retry,
            keep_last=self.keep_last_attempt,
        )

    @model_validator(mode="after")
    def _trial_within_whole(self) -> "CreateDeployment":
        if self.timeout_mins and self.provider_timeout_mins and self.provider_timeout_mins > self.timeout_mins:
            raise ValueError("ProviderTimeout must be <= Timeout")
        return self


class Reset(BaseModel):
    """The body of `PATCH /deployments/{id}`: the one state that may be asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    status: Literal["DELETE_FAILED"]


class PerformAction(BaseModel):
    """The body of `POST …/actions`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Annotated[Action, BeforeValidator(_word)]


def timestamp(at: datetime) -> str:
    """A time as INDIGO clients read it: `2025-01-31T10:00+0000`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M%z")


def deployment_body(view: View, base: str) -> dict[str, object]:
    """A deployment as INDIGO clients know it; `base` is the address of the gateway."""
    here = f"{base}/deployments/{view.id}"
    body: dict[str, object | None] = {
        "uuid": view.id,
        "creationTime": timestamp(view.created_at),
        "updateTime": timestamp(view.updated_at),
        "status": view.status.value,
        "statusReason": view.reason,
        "outputs": view.outputs,
        "task": view.task.value,
        "callback": view.callback,
        "createdBy": {"issuer": view.owner.issuer, "subject": view.owner.subject},
        **_provider(view.trials[-1] if view.trials else None),
        "links": [
            {"rel": "self", "href": here},
            {"rel": "resources", "href": f"{here}/resources?type={{type}}"},
            {"rel": "template", "href": f"{here}/template"},
            {"rel": "timeline", "href": f"{here}/timeline"},
            {"rel": "trials", "href": f"{here}/trials"},
            {"rel": "ranking", "href": f"{here}/ranking"},
        ],
    }
    kept = {name: value for name, value in body.items() if value is not None}
    return {"userGroup": view.user_group, "cloudProviderEndpoint": None, **kept}


def resource_body(view: View, piece: Piece, base: str, *, reveal: bool) -> dict[str, Any]:
    """A resource as INDIGO clients know it; with credentials only if `reveal`."""
    here = f"{base}/deployments/{view.id}"
    info = machine_info(piece, reveal=reveal) if piece.part.machine else None
    body: dict[str, Any] = {
        "uuid": piece.id,
        "creationTime": timestamp(view.created_at),
        "updateTime": timestamp(view.updated_at),
        "state": piece.state.value,
        "toscaNodeType": piece.part.type,
        "toscaNodeName": piece.part.name,
        "requiredBy": [],
        "metadata": {"VirtualMachineInfo": info} if info is not None else {},
        "links": [
            {"rel": "deployment", "href": here},
            {"rel": "self", "href": f"{here}/resources/{piece.id}"},
        ],
    }
    return body if piece.external_id is None else {**body, "physicalId": piece.external_id}


def entry_body(entry: Told) -> dict[str, object]:
    """One entry of a timeline."""
    return {
        "seq": entry.seq,
        "id": entry.event_id,
        "type": entry.type,
        "source": entry.source,
        "time": entry.at.astimezone(UTC).isoformat(),
        "sentence": entry.sentence,
    }


def trial_body(trial: TrialView) -> dict[str, object]:
    """One trial, with what is not known left out."""
    return trial.model_dump(mode="json", exclude_none=True)


def _provider(trial: TrialView | None) -> dict[str, object | None]:
    if trial is None:
        return {}
    endpoint: dict[str, object | None] = {
        "cpEndpoint": trial.endpoint,
        "cpComputeServiceId": trial.service,
        "region": trial.region,
        "deploymentType": iaas_type(trial.service_type),
        "hybridCloudProviderEndpoints": {},
    }
    return {
        "physicalId": trial.external_id,
        "cloudProviderName": trial.site,
        "cloudProviderEndpoint": {name: value for name, value in endpoint.items() if value is not None},
    }
