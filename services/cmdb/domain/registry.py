"""The federation as the entities of the federation registry, in its words and units (API version 1).

A project of the registry is a tenant across all services of a site; ours are of one service each, and those with one id
are one project there. Memory is megabytes, disk is gigabytes, as with us.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from services.cmdb.domain.couch import networks_of, stable_id
from services.cmdb.domain.service_types import role_of
from shared.contracts.sites import OfferedService, Project, Quantities, ServiceStatus, SiteDescribed
from shared.contracts.topology import Json, NetworkKind

Entity = dict[str, Json]
PROVIDER_TYPES: Mapping[str, str] = {"org.openstack.nova": "openstack", "eu.deep.kubernetes": "kubernetes"}
_GRAVITY = (ServiceStatus.ACTIVE, ServiceStatus.LIMITED, ServiceStatus.MAINTENANCE, ServiceStatus.REMOVED)
_OF_A_QUOTA: Mapping[str, Mapping[str, str]] = {
    "compute": {"cores": "cpus", "instances": "instances", "ram": "memory"},
    "block-storage": {"gigabytes": "disk", "volumes": "volumes"},
    "network": {"public_ips": "public_addresses"},
}


class Listed(NamedTuple):
    """A site, and the ids that its services have where one id is one service."""

    site: SiteDescribed
    ids: Mapping[str, str]

    def uid(self, service: OfferedService) -> str:
        """The service's id."""
        return self.ids[service.id]


class Share(NamedTuple):
    """What one group has at a site: a project, and the services that know it."""

    listed: Listed
    project: Project
    parts: Sequence[tuple[OfferedService, Project]]


def shares(listed: Listed) -> list[Share]:
    """The projects of a site, each across all services that are there."""
    parts: dict[str, list[tuple[OfferedService, Project]]] = {}
    for service in listed.site.services:
        if service.status is not ServiceStatus.REMOVED:
            for project in service.projects:
                parts.setdefault(project.id, []).append((service, project))
    return [Share(listed, found[0][1], found) for found in parts.values()]


def groups_of(share: Share) -> list[str]:
    """The groups that work in a project."""
    return list(dict.fromkeys(group for _, project in share.parts for group in project.groups))


def group_uid(issuer: str, group: str) -> str:
    """A user group's id: a group is one of its issuer."""
    return stable_id("group", issuer, group)


def provider(site: SiteDescribed) -> Entity:
    """A provider without what is connected to it."""
    kinds = [PROVIDER_TYPES[service.type] for service in site.services if service.type in PROVIDER_TYPES]
    statuses = [service.status for service in site.services] or [ServiceStatus.ACTIVE]
    return {
        "uid": site.site,
        "name": site.name,
        "type": kinds[0] if kinds else "other",
        "status": min(statuses, key=_GRAVITY.index).value,
        "is_public": any(service.public for service in site.services),
    }


def identity_provider(issuer: str, sites: Iterable[SiteDescribed]) -> Entity:
    """An identity provider with the providers that let its users in, and how."""
    return {
        "uid": stable_id("identity provider", issuer),
        "endpoint": issuer,
        "group_claim": "groups",
        "providers": [{**provider(site), "relationship": _relationship(site, issuer)} for site in sites],
    }


def service(listed: Listed, offered: OfferedService) -> Entity:
    """A service with its region, and with the region's identity services."""
    return {
        "uid": listed.uid(offered),
        "type": role_of(offered.type, deploys=bool(offered.kinds)),
        "name": offered.type,
        "endpoint": offered.endpoint,
        "region": region(listed, offered.region, offered),
    }


def region(listed: Listed, name: str | None, offered: OfferedService | None = None) -> Entity:
    """A region. Where it has no identity service of its own, the service's endpoint is where one logs in."""
    services = [one for one in listed.site.services if one.region == name]
    logins = [one for one in services if role_of(one.type, deploys=False) == "identity"] or [offered or services[0]]
    first = services[0] if services else None
    return {
        "uid": stable_id("region", listed.site.site, name or ""),
        "name": name or listed.site.name,
        "overbooking_cpu": first.overbooking_cpu if first else 1,
        "overbooking_ram": first.overbooking_memory if first else 1,
        "bandwidth_in": first.bandwidth_in if first else None,
        "bandwidth_out": first.bandwidth_out if first else None,
        "identity_services": [{"uid": listed.uid(one), "endpoint": one.endpoint} for one in logins],
    }


def location(site: SiteDescribed) -> Entity:
    """Where a site is."""
    return {
        "uid": stable_id("location", site.site),
        "site": site.name,
        "country": site.country,
        "country_code": site.country,
        "latitude": site.latitude,
        "longitude": site.longitude,
    }


def project(share: Share) -> Entity:
    """A project without what is connected to it."""
    return {
        "uid": stable_id("project", share.listed.site.site, share.project.id),
        "name": share.project.name,
        "uuid": share.project.id,
    }


def quotas(share: Share) -> Iterator[Entity]:
    """What the project may use at each of its services. A service that limits nothing has a quota without numbers."""
    for offered, part in share.parts:
        fields = _OF_A_QUOTA.get(role_of(offered.type, deploys=bool(offered.kinds)))
        if fields is None:
            continue
        for per_user, amounts in ((False, part.quota), (True, part.user_quota)):
            if per_user and amounts == Quantities():
                continue
            yield {
                "uid": stable_id("quota", share.listed.site.site, offered.id, part.id, str(per_user)),
                "type": role_of(offered.type, deploys=bool(offered.kinds)),
                "per_user": per_user,
                "usage": False,
                **{name: _whole(getattr(amounts, field)) for name, field in fields.items()},
                "service": service(share.listed, offered),
            }


def flavors(share: Share) -> Iterator[Entity]:
    """The flavors of a project."""
    for offered, part in share.parts:
        for flavour in offered.flavours:
            if not part.flavours or flavour.id in part.flavours:
                yield {
                    "uid": stable_id("flavor", share.listed.site.site, offered.id, flavour.id),
                    "name": flavour.name,
                    "uuid": flavour.id,
                    "disk": flavour.disk,
                    "ram": flavour.memory,
                    "vcpus": _whole(flavour.cpus),
                    "swap": 0,
                    "ephemeral": 0,
                    "infiniband": flavour.infiniband,
                    "gpus": flavour.gpus,
                    "gpu_model": flavour.gpu_model,
                    "gpu_vendor": flavour.gpu_vendor,
                    "local_storage": None,
                    "is_shared": not part.flavours,
                    "is_public": not part.flavours,
                }


def images(share: Share) -> Iterator[Entity]:
    """The images of a project."""
    for offered, part in share.parts:
        for image in offered.images:
            if not part.images or image.id in part.images:
                yield {
                    "uid": stable_id("image", share.listed.site.site, offered.id, image.id),
                    "name": image.name,
                    "uuid": image.id,
                    "os_type": image.type.capitalize() if image.type else None,
                    "os_distro": image.distribution,
                    "os_version": image.version,
                    "architecture": image.architecture,
                    "kernel_id": None,
                    "cuda_support": image.cuda_support,
                    "gpu_driver": image.gpu_driver,
                    "created_at": None,
                    "tags": [],
                    "is_shared": not part.images,
                    "is_public": not part.images,
                }


def networks(share: Share) -> Iterator[Entity]:
    """The networks of a project; the first of each kind is the default one."""
    for offered, part in share.parts:
        seen: set[bool] = set()
        for network in networks_of(offered, part):
            public = network.kind is NetworkKind.PUBLIC
            yield {
                "uid": stable_id("network", share.listed.site.site, offered.id, network.id),
                "name": network.name,
                "uuid": network.id,
                "is_router_external": public,
                "is_default": public not in seen,
                "is_shared": public,
                "mtu": None,
                "proxy_host": network.proxy_host,
                "proxy_user": network.proxy_user,
                "tags": [],
                "service": service(share.listed, offered),
            }
            seen.add(public)


def _relationship(site: SiteDescribed, issuer: str) -> Entity:
    for known in site.identity_providers:
        if known.issuer == issuer:
            name = known.name or urlsplit(issuer).hostname
            return {"idp_name": name, "protocol": known.protocol, "audience": known.audience}
    return {"idp_name": urlsplit(issuer).hostname, "protocol": "oidc", "audience": None}


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value
