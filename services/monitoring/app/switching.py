"""Turns a collector on or off for a service: written down with who and why, and what it said is forgotten."""

from dataclasses import dataclass

from services.monitoring.app.refresh import SOURCE, forget
from services.monitoring.app.store import Store
from services.monitoring.ports import Switch, Switches
from shared.messaging.transaction import Clock, Work


@dataclass(frozen=True, slots=True)
class Switching:
    """Who may do so is for the caller to check."""

    switches: Switches
    store: Store
    clock: Clock

    async def turn(self, switch: Switch) -> bool:
        """Whether there is such a service; if so the switch holds from now on: a look under way counts no more."""
        site, service, collector = switch.lane
        async with self.store.database.transaction() as connection:
            watched = (await self.store.rota.watching(connection, [site])).get(site)
            if watched is None or service not in watched.services:
                return False
            work = Work(connection, SOURCE, self.clock())
            await self.switches.turn(connection, switch)
            await self.store.rota.hurry(connection, site, collector, work.at)
            if not switch.enabled:
                forget(work, await self.store.observations.silence(connection, [switch.lane]))
            await work.flush()
        work.committed()
        return True
