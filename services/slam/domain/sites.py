"""What the cmdb has told of the sites: who owns them and which services they have. The last word stays."""

from shared.contracts.envelope import Envelope
from shared.contracts.sites import OfferedService, SiteDescribed, SiteWithdrawn
from shared.contracts.vocabulary import Principal, ServiceId, SiteId


class Sites:
    """Folded from the facts. Of a site that was withdrawn the owners stay known: they may have agreements to end."""

    def __init__(self) -> None:
        self._sites: dict[SiteId, SiteDescribed] = {}
        self._withdrawn: set[SiteId] = set()

    def fold(self, envelope: Envelope) -> None:
        """Take one fact."""
        match envelope.body:
            case SiteDescribed() as site:
                self._sites[site.site] = site
                self._withdrawn.discard(site.site)
            case SiteWithdrawn(site=gone):
                self._withdrawn.add(gone)
            case _:
                pass

    def names(self) -> tuple[SiteId, ...]:
        """The sites that are part of the federation, by name."""
        return tuple(sorted(self._sites.keys() - self._withdrawn))

    def owners(self, site: SiteId) -> tuple[Principal, ...]:
        """Who may speak for a site; nobody when nothing is known of it."""
        known = self._sites.get(site)
        return known.owners if known else ()

    def owned(self, principal: Principal) -> frozenset[SiteId]:
        """The sites that somebody may speak for."""
        return frozenset(name for name, site in self._sites.items() if any(same(principal, one) for one in site.owners))

    def services(self, site: SiteId, named: tuple[ServiceId, ...] = ()) -> tuple[OfferedService, ...]:
        """The services of a site, or those named among them, in the site's order."""
        known = self._sites.get(site)
        return tuple(one for one in known.services if not named or one.id in named) if known else ()

    def public(self, site: SiteId, named: tuple[ServiceId, ...]) -> bool:
        """Whether everything named (all of the site's when nothing is) is for the public and needs nobody's consent."""
        found = self.services(site, named)
        return bool(found) and len(found) >= len(set(named)) and all(service.public for service in found)


def same(one: Principal, other: Principal) -> bool:
    """Whether they are one user; an issuer's address counts with or without its last slash."""
    return one.subject == other.subject and one.issuer.rstrip("/") == other.issuer.rstrip("/")
