"""Who may see which agreements, and what there is to see."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.slam.app.refusals import Unknown
from services.slam.domain.lifecycle import Act, possible
from services.slam.domain.record import Source, in_force, state_at
from services.slam.domain.rights import Person, Rights
from services.slam.domain.sites import Sites
from services.slam.ports import Agreements, Kept, Near, Version
from shared.contracts.agreements import AgreementState
from shared.contracts.vocabulary import AgreementId
from shared.messaging.database import Database


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which agreements somebody asks for; what is not set is not asked for."""

    group: str | None = None
    site: str | None = None
    service: str | None = None
    state: AgreementState | None = None
    in_force: bool | None = None

    def fits(self, kept: Kept, at: datetime, warning: timedelta) -> bool:
        """Whether it is one of them at that moment (group and site are the store's to look for)."""
        record = kept.record
        return (
            (self.service is None or not record.terms.services or self.service in record.terms.services)
            and (self.state is None or state_at(record, at, warning) is self.state)
            and (self.in_force is None or in_force(record, at) is self.in_force)
        )


@dataclass(frozen=True, slots=True)
class Look:
    """Reads for people."""

    agreements: Agreements
    database: Database
    rights: Rights
    sites: Sites
    warning: timedelta

    async def some(self, person: Person, wanted: Wanted, at: datetime) -> list[Kept]:
        """Those that are wanted and that the person may see, by id."""
        near = None if person.admin else Near(self.rights.groups(person), self.sites.owned(person.principal))
        async with self.database.transaction() as connection:
            found = await self.agreements.look(connection, group=wanted.group, site=wanted.site, near=near)
        return [kept for kept in found if self._shown(person, kept) and wanted.fits(kept, at, self.warning)]

    async def one(self, person: Person, agreement: AgreementId) -> Kept:
        """One agreement. Raises `Unknown`, which is also what strangers get."""
        async with self.database.transaction() as connection:
            kept = await self.agreements.one(connection, agreement)
        if kept is None or not self._shown(person, kept):
            raise Unknown(agreement)
        return kept

    async def history(self, person: Person, agreement: AgreementId) -> list[Version]:
        """All its versions. Raises `Unknown`."""
        await self.one(person, agreement)
        async with self.database.transaction() as connection:
            return await self.agreements.history(connection, agreement)

    def acts(self, person: Person, kept: Kept) -> tuple[Act, ...]:
        """What the person can do with it now."""
        if kept.record.source is Source.FILE:
            return ()
        owners = self.sites.owners(kept.record.terms.site)
        return possible(kept.record.status, self.rights.roles(person, kept.record.terms, owners))

    def _shown(self, person: Person, kept: Kept) -> bool:
        return self.rights.may_read(person, kept.record, self.sites.owners(kept.record.terms.site))
