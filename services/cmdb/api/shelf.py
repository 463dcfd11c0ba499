"""Getting a site out of the store for somebody who may see it."""

from datetime import datetime

from fastapi import HTTPException

from services.cmdb.api.edge import editor_of
from services.cmdb.domain.editing import role
from services.cmdb.ports import Archive, Kept, Sites
from shared.contracts.vocabulary import SiteId
from shared.identity.caller import Caller
from shared.messaging.database import Database


class Shelf:
    """The store, as far as somebody who asks over HTTP may look into it."""

    def __init__(self, database: Database, sites: Sites, archive: Archive) -> None:
        self.database = database
        self.sites = sites
        self.archive = archive
        self._all: dict[SiteId, Kept] = {}

    async def site(self, site: str) -> Kept:
        """A site, a removed one too. Raises 404."""
        async with self.database.transaction() as connection:
            found = await self.sites.find(connection, SiteId(site))
        if found is None:
            raise HTTPException(404, f"There is no site {site!r}.")
        return found

    async def everything(self) -> dict[SiteId, Kept]:
        """All sites by id. What has not changed is the same object as last time, each site and all of them."""
        async with self.database.transaction() as connection:
            revisions = await self.sites.revisions(connection)
            changed = [site for site, revision in revisions.items() if not self._is_at(site, revision)]
            found = {kept.id: kept for kept in await self.sites.some(connection, changed)} if changed else {}
        if changed or self._all.keys() != revisions.keys():
            self._all = {site: found.get(site) or self._all[site] for site in revisions}
        return self._all

    def _is_at(self, site: SiteId, revision: tuple[int, datetime]) -> bool:
        known = self._all.get(site)
        return known is not None and (known.revision, known.changed_at) == revision


def known(caller: Caller | None) -> Caller:
    """Somebody. Raises 401 for nobody."""
    if caller is None:
        raise HTTPException(
            401,
            "A bearer token is needed to see this: send the header `Authorization: Bearer <token>`.",
            {"WWW-Authenticate": "Bearer"},
        )
    return caller


def inside(caller: Caller | None, kept: Kept) -> bool:
    """Whether the caller looks after the site."""
    if caller is None:
        return False
    owned = {id: {"id": id, "owners": [owner.model_dump() for owner in by]} for id, by in kept.owners.items()}
    site = owned.pop("")
    return role(editor_of(caller), {**site, "services": list(owned.values())}) is not None


def looked_after(caller: Caller | None, kept: Kept) -> None:
    """Raises 401 for nobody and 403 for who does not look after the site."""
    known(caller)
    if not inside(caller, kept):
        raise HTTPException(403, "This is for owners of the site or of its services, and for administrators.")
