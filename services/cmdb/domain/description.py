"""The fact that a site's record states at a moment."""

from collections.abc import Iterator
from datetime import datetime

from services.cmdb.domain.record import Region, ServiceRecord, SiteRecord
from shared.contracts.sites import OfferedService, ServiceStatus, SiteDescribed
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId

_OF_A_REGION = ("overbooking_cpu", "overbooking_memory", "bandwidth_in", "bandwidth_out")
_STAYS_HERE = {"status", "status_reason", "status_until", "owners", "monitoring", "discovery"}
_GRAVITY = (ServiceStatus.ACTIVE, ServiceStatus.LIMITED, ServiceStatus.MAINTENANCE, ServiceStatus.REMOVED)


def described(site: SiteId, record: SiteRecord, at: datetime) -> SiteDescribed:
    """The site as the federation hears of it. A status whose `status_until` has passed is active again."""
    over_all = status_at(record, at)
    place = next((region.location for region in record.regions.values()), None)
    document: dict[str, Json] = {
        "site": site,
        "name": record.name,
        "country": record.country or (place.country if place else None),
        "latitude": record.latitude if record.latitude is not None or not place else place.latitude,
        "longitude": record.longitude if record.longitude is not None or not place else place.longitude,
        "owners": [owner.model_dump() for owner in record.owners],
        "issuers": _issuers(record),
        "identity_providers": [provider.model_dump() for provider in record.identity_providers],
        "services": [
            _offered(service, record, max(over_all, status_at(service, at), key=_GRAVITY.index))
            for service in record.services
        ],
    }
    return SiteDescribed.model_validate(document)


def status_at(record: SiteRecord | ServiceRecord, at: datetime) -> ServiceStatus:
    """The status it has then, its own alone."""
    passed = record.status_until is not None and record.status_until <= at
    return ServiceStatus.ACTIVE if passed else record.status


def next_change(record: SiteRecord, after: datetime) -> datetime | None:
    """When a status of the site or of one of its services is over by itself."""
    return min((until for until in _ends(record) if until > after), default=None)


def _ends(record: SiteRecord) -> Iterator[datetime]:
    for until in (record.status_until, *(service.status_until for service in record.services)):
        if until is not None:
            yield until


def _issuers(record: SiteRecord) -> list[str]:
    return list(dict.fromkeys([*record.issuers, *(provider.issuer for provider in record.identity_providers)]))


def _offered(service: ServiceRecord, record: SiteRecord, status: ServiceStatus) -> OfferedService:
    said = service.model_dump(exclude=_STAYS_HERE, exclude_none=True)
    region = record.regions.get(service.region or "", Region())
    for name in _OF_A_REGION:
        if name not in said and (value := getattr(region, name)) is not None:
            said[name] = value
    return OfferedService.model_validate({**said, "status": status})
