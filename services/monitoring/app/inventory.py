"""Where services are: the federation folder, and everything the cmdb tells, from wherever it has it."""

import asyncio
from dataclasses import replace

from services.monitoring.domain.inventory import described, together
from services.monitoring.domain.watched import Watched
from services.monitoring.ports import Federation, Seen
from shared.contracts.envelope import Envelope
from shared.contracts.sites import SiteDescribed, SiteWithdrawn
from shared.contracts.vocabulary import SiteId


class Inventory:
    """`ports.Federation` of both. `changed` is set whenever the cmdb told something."""

    def __init__(self, folder: Federation) -> None:
        self.changed = asyncio.Event()
        self._folder = folder
        self._told: dict[SiteId, Watched] = {}

    def fold(self, told: Envelope) -> None:
        """Know what the cmdb tells."""
        match told.body:
            case SiteDescribed() as site:
                self._told[site.site] = described(site)
            case SiteWithdrawn(site=gone):
                self._told.pop(gone, None)
            case _:
                return
        self.changed.set()

    async def read(self) -> Seen:
        """A file that cannot be read leaves its site as it is watched, whatever the cmdb says of it."""
        seen = await self._folder.read()
        sites = dict(seen.sites)
        for site, told in self._told.items():
            if site not in sites or sites[site] is not None:
                sites[site] = together(sites.get(site), told)
        return replace(seen, sites=sites)
