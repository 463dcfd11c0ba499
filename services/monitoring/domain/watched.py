"""What is watched, and what has changed about it."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.contracts.vocabulary import ServiceId, SiteId, Value


class Target(Value):
    """A service that is looked at, and where a plain GET tells whether it lives."""

    service: ServiceId
    url: str


class Watched(Value):
    """A site with all its targets; there may be none."""

    site: SiteId
    targets: tuple[Target, ...] = ()

    @property
    def services(self) -> set[ServiceId]:
        """The ids of the services that are looked at."""
        return {target.service for target in self.targets}


class Changes(NamedTuple):
    """Sites to watch from now on as they are here, sites to leave alone, and services whose observations are void."""

    watch: tuple[Watched, ...] = ()
    drop: tuple[SiteId, ...] = ()
    void: tuple[tuple[SiteId, ServiceId], ...] = ()


def diff(known: Mapping[SiteId, Watched], seen: Mapping[SiteId, Watched | None]) -> Changes:
    """What to do so that who watched `known` watches `seen`.

    `None` is a site that is there and cannot be understood now: it is watched as it is known.
    """
    watch = tuple(seen[site] for site in sorted(seen))
    drop = tuple(sorted(site for site in known if site not in seen))
    void = {(site, service) for site in drop for service in known[site].services}
    for site, after in seen.items():
        if after is not None and site in known:
            void |= {(site, service) for service in known[site].services - after.services}
    fresh = tuple(site for site in watch if site is not None and known.get(site.site) != site)
    return Changes(fresh, drop, tuple(sorted(void)))
