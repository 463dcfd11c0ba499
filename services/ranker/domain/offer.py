"""A service of a site, prepared for being asked: what it has is put in order once, when it is told."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.sites import Flavour, Image, Network, OfferedService, Project, SiteDescribed
from shared.contracts.topology import NetworkKind
from shared.contracts.vocabulary import ServiceId, SiteId

NUMBERS = re.compile(r"\d+")
Place = tuple[SiteId, ServiceId]


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A service with its site, or one project of it with what the project has.

    Images: plainest and newest first; flavours: smallest first; networks: one of a kind; volume types by name and by
    quality. `stores` are the RSEs and `spaces` the data spaces that are at the same site.
    """

    site: SiteDescribed
    service: OfferedService
    project: Project | None
    told_at: datetime
    name: str
    place: Place
    issuers: frozenset[str]
    images: tuple[Image, ...]
    flavours: tuple[Flavour, ...]
    networks: Mapping[NetworkKind, Network]
    volume_types: Mapping[str, str]
    stores: frozenset[str]
    spaces: frozenset[str]

    @property
    def project_id(self) -> str | None:
        """The project, if the service has any."""
        return self.project.id if self.project else None


def offers_of(site: SiteDescribed, told_at: datetime) -> Iterator[Offer]:
    """The site's offers, the same in whatever order it lists what it has: by service, then by project."""
    stores = frozenset(service.rse for service in site.services if service.rse)
    spaces = frozenset(space for service in site.services for space in service.spaces)
    issuers = frozenset(site.issuers)
    for service in sorted(site.services, key=lambda service: service.id):
        kinds = {kind: name for name, kind in _volume_types(service)}
        for project in sorted(service.projects, key=lambda project: project.id) or (None,):
            yield Offer(
                site=site,
                service=service,
                project=project,
                told_at=told_at,
                name=f"{service.id} of {site.name}",
                place=(site.site, service.id),
                issuers=issuers,
                images=tuple(sorted(_images(service, project), key=_plainest_newest)),
                flavours=tuple(sorted(_flavours(service, project), key=size)),
                networks=_networks(service, project),
                volume_types=kinds,
                stores=stores,
                spaces=spaces,
            )


def size(flavour: Flavour) -> tuple[float | int | str, ...]:
    """How big a flavour is: what is rare counts most, so that a small machine does not take a GPU."""
    return (flavour.gpus, flavour.infiniband, flavour.cpus, flavour.memory, flavour.disk, flavour.name, flavour.id)


def _images(service: OfferedService, project: Project | None) -> Iterable[Image]:
    if project is None or not project.images:
        return service.images
    return (image for image in service.images if image.id in project.images or image.name in project.images)


def _flavours(service: OfferedService, project: Project | None) -> Iterable[Flavour]:
    if project is None or not project.flavours:
        return service.flavours
    return (one for one in service.flavours if one.id in project.flavours or one.name in project.flavours)


def _networks(service: OfferedService, project: Project | None) -> dict[NetworkKind, Network]:
    """One of a kind: the first by name; of isolated ones the first whose addresses are known."""
    named = project.networks if project else ()
    usable = (one for one in service.networks if not named or one.id in named or one.name in named)
    return {network.kind: network for network in sorted(usable, key=_isolated_with_addresses, reverse=True)}


def _isolated_with_addresses(network: Network) -> tuple[bool, str, str]:
    return (network.kind is NetworkKind.ISOLATED and network.cidr is None, network.name, network.id)


def _volume_types(service: OfferedService) -> Iterator[tuple[str, str]]:
    """Name of a volume type, and what it is asked for by; its own name wins over another's quality."""
    ordered = sorted(service.volume_types, key=lambda kind: (kind.name, kind.quality or ""), reverse=True)
    yield from ((kind.name, kind.quality) for kind in ordered if kind.quality)
    yield from ((kind.name, kind.name) for kind in ordered)


def _plainest_newest(image: Image) -> tuple[bool, bool, tuple[int, ...], str, str]:
    version = tuple(-int(number) for number in NUMBERS.findall(image.version or ""))
    return (image.gpu_driver, image.cuda_support, version or (1,), image.name, image.id)
