"""What has changed between the sites we know and the sites we see."""

from collections.abc import Mapping

from shared.contracts.sites import SiteDescribed, SiteWithdrawn
from shared.contracts.vocabulary import SiteId

Change = SiteDescribed | SiteWithdrawn


def diff(known: Mapping[SiteId, SiteDescribed], seen: Mapping[SiteId, SiteDescribed | None]) -> tuple[Change, ...]:
    """What must be told so that who knew `known` knows `seen`, in the order of the sites' ids.

    `None` is a site that is there and cannot be understood now: it stays as it is known.
    """
    described = [site for site in seen.values() if site is not None and known.get(site.site) != site]
    withdrawn = [SiteWithdrawn(site=site) for site in known if site not in seen]
    return tuple(sorted([*described, *withdrawn], key=lambda change: change.site))
