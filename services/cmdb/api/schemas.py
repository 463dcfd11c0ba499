"""What readers of the API see."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from services.cmdb.domain.record import ServiceRecord, SiteRecord
from services.cmdb.ports import Change, Kept, Tombstone
from shared.contracts.sites import ServiceStatus
from shared.contracts.topology import Json, TopologyKind


class PublicService(BaseModel):
    """What anybody may know of a service."""

    id: str
    type: str
    kinds: tuple[TopologyKind, ...]
    region: str | None
    status: ServiceStatus


class PublicSite(BaseModel):
    """What anybody may know of a site."""

    id: str
    name: str
    country: str | None
    status: ServiceStatus
    services: tuple[PublicService, ...]

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """From the store."""
        services = [PublicService.model_validate(service.model_dump()) for service in kept.site.services]
        return cls(
            id=kept.id,
            name=kept.site.name,
            country=kept.site.country,
            status=kept.status,
            services=tuple(services),
        )


class RemovalView(BaseModel):
    """When something was removed, and by whom."""

    at: datetime
    by: str


class SiteView(SiteRecord):
    """A site's record as it stands. `provenance`, when asked for, says for each place which layer it is from.

    The layers are `type` (follows from a service's type), `discovered`, `file` and `hand`, from weak to strong.
    """

    id: str
    revision: int
    changed_at: datetime
    removed: RemovalView | None = None
    provenance: dict[str, str] | None = None

    @classmethod
    def of(cls, kept: Kept, *, inside: bool, provenance: bool = False) -> Self:
        """From the store; who is not `inside` does not see how the federation's own programs get in."""
        record = kept.record
        services = [service_view(service, kept, inside=inside) for service in record.services]
        fields = {name: getattr(record, name) for name in SiteRecord.model_fields if name not in ("services", "status")}
        return cls(
            **fields,
            services=tuple(services),
            status=kept.status,
            id=kept.id,
            revision=kept.revision,
            changed_at=kept.changed_at,
            removed=RemovalView(at=kept.removal.at, by=kept.removal.by) if kept.removal else None,
            provenance=kept.provenance if provenance else None,
        )


def service_view(service: ServiceRecord, kept: Kept, *, inside: bool) -> ServiceRecord:
    """A service of a site, with the status that it has now and what is in force by its region."""
    told = next(offered for offered in kept.site.services if offered.id == service.id)
    now = {"status": told.status, "overbooking_cpu": told.overbooking_cpu, "bandwidth_in": told.bandwidth_in}
    more = {"overbooking_memory": told.overbooking_memory, "bandwidth_out": told.bandwidth_out}
    hidden: dict[str, Json] = {} if inside else {"settings": {}, "monitoring": None, "discovery": None}
    return service.model_copy(update={**now, **more, **hidden})


class SitesView(BaseModel):
    """A page of sites, by id. `next` is what to send as `after` for the page that follows."""

    sites: list[SiteView]
    next: str | None = None


class PublicSitesView(BaseModel):
    """A page of sites as anybody may know them."""

    sites: list[PublicSite]
    next: str | None = None


class ThingsView(BaseModel):
    """A page of things of one kind, by id. `next` is what to send as `after` for the page that follows."""

    entries: list[dict[str, Json]]
    next: str | None = None


class ChangeView(BaseModel):
    """A change at one place; `before` is absent for what is new, `after` for what is gone."""

    revision: int
    at: datetime
    by: str
    path: str
    before: Json = None
    after: Json = None


class HistoryView(BaseModel):
    """A page of a site's history, the newest first. `next` is what to send as `before` for the page that follows."""

    changes: list[ChangeView]
    next: int | None = None

    @classmethod
    def of(cls, changes: list[Change], limit: int) -> Self:
        """From the store. A page ends with the last whole revision that fits, and has one at least."""
        more = len(changes) > limit
        last = changes[-1].revision if more else None
        whole = [change for change in changes if change.revision != last] or changes
        return cls(
            changes=[ChangeView(**change._asdict()) for change in whole], next=whole[-1].revision if more else None
        )


class RemovedView(BaseModel):
    """Something that was part of the site, as it was."""

    path: str
    removed: RemovalView
    body: dict[str, Json] = Field(default_factory=dict)

    @classmethod
    def of(cls, tombstone: Tombstone) -> Self:
        """From the store."""
        removal = RemovalView(at=tombstone.removal.at, by=tombstone.removal.by)
        return cls(path=tombstone.path, removed=removal, body=dict(tombstone.body))


class RemovedThingsView(BaseModel):
    """What was removed from a site and is not back."""

    removed: list[RemovedView]
