"""What readers of the API see."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from services.cmdb.ports import Kept
from shared.contracts.sites import OfferedService


class SiteView(BaseModel):
    """A site as it was last described, and when that changed."""

    id: str
    name: str
    country: str | None
    issuers: tuple[str, ...]
    services: tuple[OfferedService, ...]
    changed_at: datetime

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """From the store."""
        site = kept.site
        return cls(
            id=site.site,
            name=site.name,
            country=site.country,
            issuers=site.issuers,
            services=site.services,
            changed_at=kept.changed_at,
        )


class SitesView(BaseModel):
    """All sites, by id."""

    sites: list[SiteView]
