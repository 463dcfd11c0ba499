"""What readers of the API see."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from services.cmdb.ports import Kept
from shared.contracts.sites import OfferedService
from shared.runtime.yaml_files.reading import Problem


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


class ProblemView(BaseModel):
    """What is wrong in a file of the federation folder. Line 0 is the file or folder as a whole."""

    file: str
    line: int
    message: str


class ProblemsView(BaseModel):
    """What is wrong now; nothing means all is well."""

    problems: list[ProblemView]

    @classmethod
    def of(cls, problems: tuple[Problem, ...]) -> Self:
        """From the last reading."""
        found = [ProblemView(file=problem.file, line=problem.line, message=problem.sentence) for problem in problems]
        return cls(problems=found)
