"""How all services are doing, from the store."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from services.monitoring.app.store import Store
from services.monitoring.domain.service import Freshness, ServiceStanding, stand
from services.monitoring.domain.sighting import Known
from services.monitoring.domain.watched import Place
from shared.contracts.vocabulary import SiteId
from shared.messaging.transaction import Clock


@dataclass(frozen=True, slots=True)
class Standings:
    """What readers ask."""

    store: Store
    clock: Clock
    freshness: Freshness

    async def sites(self, site: SiteId | None = None) -> dict[SiteId, list[ServiceStanding]]:
        """Every watched site, or the one; empty if there is no such site."""
        async with self.store.database.transaction() as connection:
            watched = await self.store.rota.look(connection, site)
            last = await self.store.observations.last(connection, site)
        known: dict[Place, list[Known]] = defaultdict(list)
        for word in last:
            known[word.observed.site, word.observed.service].append(word)
        at = self.clock()
        return {
            name: [
                stand(name, target, known[name, target.service], at, self.freshness)
                for target in sorted(one.targets, key=lambda target: target.service)
            ]
            for name, one in watched.items()
        }

    async def troubles(self) -> Counter[str]:
        """How many sites each collector cannot look at; those that can look everywhere are not in it."""
        async with self.store.database.transaction() as connection:
            return Counter(trouble.collector for trouble in await self.store.rota.troubles(connection))

    async def services(self) -> list[ServiceStanding]:
        """Every watched service, in order."""
        return [standing for _, standings in sorted((await self.sites()).items()) for standing in standings]
