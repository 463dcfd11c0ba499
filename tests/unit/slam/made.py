"""Agreements with defaults that fit together; a test says only what matters to it."""

from datetime import datetime, timedelta

from services.slam.domain.changes import Change
from services.slam.domain.lifecycle import Status
from services.slam.domain.promises import Promise
from services.slam.domain.record import Record, Source
from services.slam.domain.terms import Terms
from shared.contracts.topology import Json
from shared.contracts.vocabulary import AgreementId, Principal, ServiceId, SiteId
from tests.support.builders import ISSUER, NOON

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
ANNA, OWEN, ADA, EVE = (Principal(issuer=ISSUER, subject=name) for name in ("anna", "owen", "ada", "eve"))
"""A manager of the group, an owner of the site, an administrator, and a stranger."""


def some_terms(
    *targets: Promise,
    changes: tuple[Change, ...] = (),
    starts: datetime = NOON - DAY,
    ends: datetime | None = None,
    services: tuple[str, ...] = (),
    group: str = "biomed/users",
    site: str = "cineca",
    priority: int = 0,
    priorities: dict[str, int] | None = None,
    managers: tuple[Principal, ...] = (),
    issuer: str | None = None,
) -> Terms:
    """The group may use the site from yesterday on."""
    return Terms(
        group=group,
        issuer=issuer,
        site=SiteId(site),
        services=tuple(ServiceId(service) for service in services),
        starts=starts,
        ends=ends,
        targets=targets,
        changes=changes,
        priority=priority,
        priorities=priorities or {},
        managers=managers,
    )


def a_record(
    terms: Terms | None = None,
    *,
    id: str = "sla-1",
    status: Status = Status.SIGNED,
    revision: int = 1,
    source: Source = Source.PEOPLE,
) -> Record:
    """Signed."""
    return Record(AgreementId(id), status, terms or some_terms(), revision, source)


def cores(total: Json = None, **more: Json) -> Promise:
    """So many cores for the whole group."""
    return Promise.model_validate({"type": "num_cpus", "total_limit": total, **more})


def hours(total: Json = None, **more: Json) -> Promise:
    """So much computing time: nothing that can run out at once."""
    return Promise.model_validate({"type": "computing_time", "unit": "h", "total_limit": total, **more})
