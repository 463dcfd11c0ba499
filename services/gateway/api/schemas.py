"""What HTTP clients send and see; never a message."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from services.gateway.domain.view import TrialView, View
from services.gateway.ports import Told
from shared.contracts.vocabulary import AgreementId, Limits, SiteId, Wishes


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

    model_config = ConfigDict(extra="ignore", frozen=True)

    template: Annotated[str, Field(min_length=1)]
    parameters: dict[str, Any] = {}
    callback: Annotated[str, Field(pattern=r"^https?://")] | None = None
    user_group: Annotated[str | None, Field(alias="userGroup")] = None
    timeout_mins: Annotated[int | None, Field(alias="timeoutMins", ge=1)] = None
    provider_timeout_mins: Annotated[int | None, Field(alias="providerTimeoutMins", ge=1)] = None
    max_providers_retry: Annotated[int | None, Field(alias="maxProvidersRetry", ge=1)] = None
    keep_last_attempt: Annotated[bool, Field(validation_alias=AliasChoices("keepLastAttempt", "keepLastAttemp"))] = (
        False
    )
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
        "userGroup": view.user_group,
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
    return {name: value for name, value in body.items() if value is not None}


def page_body(
    content: list[dict[str, object]], total: int, address: str, *, page: int = 0, size: int = 10
) -> dict[str, Any]:
    """A page as INDIGO clients know it. `address` is the list's own, up to and including its `?` and what was asked."""
    pages = max(1, -(-total // size))
    numbers = {"self": page}
    if pages > 1:
        numbers |= {"first": 0, "last": pages - 1}
        numbers |= {"prev": page - 1} if page > 0 else {}
        numbers |= {"next": page + 1} if page < pages - 1 else {}
    links = [{"rel": rel, "href": f"{address}page={number}&size={size}"} for rel, number in numbers.items()]
    return {
        "links": links,
        "content": content,
        "page": {"size": size, "totalElements": total, "totalPages": pages if total else 0, "number": page},
    }


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
        "deploymentType": trial.backend.upper(),
        "hybridCloudProviderEndpoints": {},
    }
    return {
        "physicalId": trial.external_id,
        "cloudProviderName": trial.site,
        "cloudProviderEndpoint": {name: value for name, value in endpoint.items() if value is not None},
    }
