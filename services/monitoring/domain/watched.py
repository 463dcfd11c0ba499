"""What is watched, and what has changed about it."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import Field

from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId, Value

Place = tuple[SiteId, ServiceId]


class Target(Value):
    """A service that is looked at, and where a plain GET tells whether it lives.

    The rest is as its site's file or the cmdb has it: `endpoint` is the address of its API, `settings` are those of its
    backend, `flavours` and `images` are ids, smallest flavour first. `entries` is what its file says to each collector.
    `vouched`: the operators' own file names this very endpoint, so that their secrets may be sent there.
    """

    service: ServiceId
    url: str
    site: SiteId = SiteId("")
    type: str = ""
    backend: str = ""
    endpoint: str = ""
    region: str | None = None
    public: bool = False
    vouched: bool = False
    projects: tuple[str, ...] = ()
    flavours: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    settings: dict[str, str] = Field(default_factory=dict)
    entries: dict[str, dict[str, Json]] = Field(default_factory=dict)


class Watched(Value):
    """A site with all its targets; there may be none. The services in `silent` want not to be looked at."""

    site: SiteId
    targets: tuple[Target, ...] = ()
    silent: tuple[ServiceId, ...] = ()

    @property
    def services(self) -> set[ServiceId]:
        """The ids of the services that are looked at."""
        return {target.service for target in self.targets}


class Changes(NamedTuple):
    """Sites to watch from now on as they are here, sites to leave alone, and services whose observations are void.

    `moved` are those of the sites to watch that are to be looked at anew: they are more than offered otherwise.
    """

    watch: tuple[Watched, ...] = ()
    drop: tuple[SiteId, ...] = ()
    void: tuple[Place, ...] = ()
    moved: tuple[SiteId, ...] = ()


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
    moved = tuple(one.site for one in fresh if one.site not in known or _bare(known[one.site]) != _bare(one))
    return Changes(fresh, drop, tuple(sorted(void)), moved)


def _bare(watched: Watched) -> Watched:
    """Without what its services offer, which changes often and says nothing of how they are doing."""
    offer: dict[str, object] = {"flavours": (), "images": (), "networks": (), "projects": ()}
    targets = tuple(target.model_copy(update=offer) for target in watched.targets)
    return watched.model_copy(update={"targets": targets})
