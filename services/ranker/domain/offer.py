"""A service of a site, prepared for being asked: what it has is put in order once, when it is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.sites import Flavour, Image, OfferedService, SiteDescribed
from shared.contracts.topology import NetworkKind

NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Offer:
    """A service with its site. Images: plainest and newest first; flavours: smallest first; networks: one of a kind."""

    site: SiteDescribed
    service: OfferedService
    told_at: datetime
    name: str
    issuers: frozenset[str]
    images: tuple[Image, ...]
    flavours: tuple[Flavour, ...]
    networks: Mapping[NetworkKind, str]


def offer_of(site: SiteDescribed, service: OfferedService, told_at: datetime) -> Offer:
    """The offer, the same in whatever order the site lists what it has."""
    networks = sorted(service.networks, key=lambda network: (network.name, network.id), reverse=True)
    return Offer(
        site=site,
        service=service,
        told_at=told_at,
        name=f"{service.id} of {site.name}",
        issuers=frozenset(site.issuers),
        images=tuple(sorted(service.images, key=_plainest_newest)),
        flavours=tuple(sorted(service.flavours, key=size)),
        networks={network.kind: network.id for network in networks},
    )


def size(flavour: Flavour) -> tuple[float | int | str, ...]:
    """How big a flavour is: what is rare counts most, so that a small machine does not take a GPU."""
    return (flavour.gpus, flavour.infiniband, flavour.cpus, flavour.memory, flavour.disk, flavour.name, flavour.id)


def _plainest_newest(image: Image) -> tuple[bool, bool, tuple[int, ...], str, str]:
    version = tuple(-int(number) for number in NUMBERS.findall(image.version or ""))
    return (image.gpu_driver, image.cuda_support, version or (1,), image.name, image.id)
