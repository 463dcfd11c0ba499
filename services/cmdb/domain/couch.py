"""The federation as documents of the INDIGO configuration database, in its words and envelopes.

A provider has services, a service has tenants, a tenant has images and flavors. A tenant is a project as one group sees
it, because a tenant names one group. Of a service without projects, images and flavors are the service's own.
Memory is megabytes, disk is gigabytes, as with us.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from services.cmdb.domain.record import Owner
from services.cmdb.domain.service_types import role_of
from shared.contracts.sites import Flavour, Image, Network, OfferedService, Project, ServiceStatus, SiteDescribed
from shared.contracts.topology import Json, NetworkKind

ENTITIES = ("provider", "service", "tenant", "image", "flavor")
HAS_MANY: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "provider": {"services": ("service", "provider_id")},
    "service": {"tenants": ("tenant", "service"), "images": ("image", "service"), "flavors": ("flavor", "service")},
    "tenant": {"images": ("image", "tenant_id"), "flavors": ("flavor", "tenant_id")},
}
"""Entity → what it has many of → which entity that is, and by which of its fields."""
_BELONGS_TO: Mapping[str, tuple[str, ...]] = {
    "provider": (),
    "service": ("provider_id",),
    "tenant": ("service",),
    "image": ("tenant_id", "service"),
    "flavor": ("tenant_id", "service"),
}
_SHOWN: Mapping[str, str] = {
    "provider": "name",
    "service": "sitename",
    "tenant": "tenant_name",
    "image": "image_name",
    "flavor": "flavor_name",
}
_PROPERTIES = {
    "local_volumes_host_base_path": "text",
    "persistent_storage_drivers": "list",
    "load_balancer_ips": "list",
}
"""What of a service's settings its framework shows, and whether it is a list (by commas)."""


class Described(NamedTuple):
    """A site as the documents are made of it; `owners` are by service, those of the site under the empty name."""

    site: SiteDescribed
    revision: int
    owners: Mapping[str, Sequence[Owner]]


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the old database."""

    id: str
    entity: str
    revision: int
    owners: tuple[str, ...]
    data: Mapping[str, Json]

    def whole(self, *, owners: bool) -> dict[str, Json]:
        """With its envelope; the subjects of its owners only for those who may know them."""
        digest = hashlib.blake2s(json.dumps(self.data, sort_keys=True).encode(), digest_size=16).hexdigest()
        return {
            "_id": self.id,
            "_rev": f"{self.revision}-{digest}",
            "type": self.entity,
            "owners": list(self.owners) if owners else [],
            "data": dict(self.data),
        }

    @property
    def parent(self) -> str:
        """The id of what it belongs to; its own for a provider."""
        return next((str(self.data[field]) for field in _BELONGS_TO[self.entity] if field in self.data), self.id)

    @property
    def value(self) -> dict[str, Json]:
        """What a row shows of it without the document."""
        return {_SHOWN[self.entity]: self.data.get(_SHOWN[self.entity])}


def documents(described: Described, names: Mapping[str, str]) -> Iterator[Document]:
    """The documents of a site; `names` are the ids of its services in the old world."""
    site, revision = described.site, described.revision
    owners = tuple(owner.subject for owner in described.owners.get("", ()))
    yield Document(site.site, "provider", revision, owners, _provider(site))
    for service in site.services:
        if service.status is ServiceStatus.REMOVED:
            continue
        id = names[service.id]
        own = tuple(owner.subject for owner in described.owners.get(service.id, ())) or owners
        parent = names.get(service.parent or "")
        yield Document(id, "service", revision, own, _service(site, service, parent))
        for document_id, entity, data in _below(site.site, service, id):
            yield Document(document_id, entity, revision, own, data)


def service_ids(sites: Sequence[SiteDescribed]) -> dict[str, dict[str, str]]:
    """Site → service → the service's id in the old world, where ids are of one service: its own if no other has it."""
    times = Counter(service.id for site in sites for service in site.services)
    return {
        site.site: {one.id: one.id if times[one.id] == 1 else f"{site.site}.{one.id}" for one in site.services}
        for site in sites
    }


def stable_id(*parts: str) -> str:
    """32 hexadecimal digits that stay the same as long as the parts do."""
    return hashlib.blake2s(json.dumps(parts).encode(), digest_size=16).hexdigest()


def schema(entity: str) -> dict[str, Json]:
    """What the entity is, as far as the old database says it: its parents and what it has many of."""
    return {
        "id": entity,
        "type": "object",
        "belongs_to": list(_BELONGS_TO[entity]),
        "has_many": list(HAS_MANY.get(entity, {})),
        "required": [_SHOWN[entity], *_BELONGS_TO[entity][:1]],
    }


def networks_of(service: OfferedService, project: Project) -> Sequence[Network]:
    """The networks of a project: those that it names, or all of the service's."""
    return [network for network in service.networks if not project.networks or network.id in project.networks]


def _provider(site: SiteDescribed) -> dict[str, Json]:
    return {"id": site.site, "name": site.name, "country": site.country, "country_code": site.country}


def _service(site: SiteDescribed, service: OfferedService, parent: str | None) -> dict[str, Json]:
    kinds = {network.kind for network in service.networks}
    protocol = next((provider.protocol for provider in site.identity_providers), "oidc")
    data: dict[str, Json] = {
        "service_type": service.type,
        "type": role_of(service.type, deploys=bool(service.kinds)),
        "endpoint": service.endpoint,
        "provider_id": site.site,
        "sitename": site.name,
        "hostname": urlsplit(service.endpoint).hostname,
        "region": service.region,
        "microversion": service.settings.get("microversion"),
        "iam_enabled": bool(site.issuers),
        "idp_protocol": protocol,
        "public_ip_assignable": NetworkKind.PUBLIC in kinds and service.quota.public_addresses != 0,
        "is_public_service": service.public,
        "service_parent_id": parent,
        "supported_idps": _identity_providers(site),
        "volume_types": [{"name": volume.name, "qos": volume.quality} for volume in service.volume_types],
    }
    if service.rse is not None:
        data["rucio_rse"] = service.rse
    if "worker_nodes_ip" in service.settings:
        data["worker_nodes_ip"] = _listed(service.settings["worker_nodes_ip"])
    if properties := _properties(service):
        data["properties"] = properties
    return data


def _identity_providers(site: SiteDescribed) -> list[dict[str, Json]]:
    names = {provider.issuer: provider.name for provider in site.identity_providers}
    return [{"name": names.get(issuer) or urlsplit(issuer).hostname, "issuer": issuer} for issuer in site.issuers]


def _properties(service: OfferedService) -> dict[str, Json]:
    said: dict[str, Json] = {
        name: _listed(service.settings[name]) if shape == "list" else service.settings[name]
        for name, shape in _PROPERTIES.items()
        if name in service.settings
    }
    for name in ("gpu_support", "secrets_support"):
        if (supported := getattr(service, name)) is not None:
            said[name] = supported
    return said


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _below(site: str, service: OfferedService, service_id: str) -> Iterator[tuple[str, str, dict[str, Json]]]:
    place = (site, service.id)
    if not service.projects:
        yield from _things(place, Project(id="", name=""), service, {"service": service_id})
    for project in service.projects:
        for group in project.groups or ("",):
            tenant = stable_id(*place, "projects", project.id, group)
            yield tenant, "tenant", _tenant(service, project, service_id, group)
            belongs = {"tenant_id": tenant, "service": service_id}
            yield from _things((*place, project.id, group), project, service, belongs)


def _tenant(service: OfferedService, project: Project, service_id: str, group: str) -> dict[str, Json]:
    networks = networks_of(service, project)
    public = next((network for network in networks if network.kind is NetworkKind.PUBLIC), None)
    inner = [network for network in networks if network.kind is not NetworkKind.PUBLIC]
    private = next((network for network in inner if network.kind is NetworkKind.PRIVATE), next(iter(inner), None))
    data: dict[str, Json] = {"tenant_id": project.id, "tenant_name": project.name, "service": service_id}
    if group:
        data |= {"iam_organisation": group, "user_group": group}
    if public:
        data["public_network_name"] = public.name
    if private:
        data["private_network_name"] = private.name
        about = {"cidr": private.cidr, "proxy_host": private.proxy_host, "proxy_user": private.proxy_user}
        data |= {f"private_network_{field}": value for field, value in about.items() if value is not None}
    return data


def _things(
    place: tuple[str, ...], project: Project, service: OfferedService, belongs: Mapping[str, str]
) -> Iterator[tuple[str, str, dict[str, Json]]]:
    for image in service.images:
        if not project.images or image.id in project.images:
            yield stable_id(*place, "images", image.id), "image", {**_image(image), **belongs}
    for flavour in service.flavours:
        if not project.flavours or flavour.id in project.flavours:
            yield stable_id(*place, "flavours", flavour.id), "flavor", {**_flavor(flavour), **belongs}


def _image(image: Image) -> dict[str, Json]:
    return {
        "image_id": image.id,
        "image_name": image.name,
        "architecture": image.architecture,
        "type": image.type,
        "distribution": image.distribution,
        "version": image.version,
        "user_name": image.user,
        "gpu_driver": image.gpu_driver,
        "gpu_driver_version": image.gpu_driver_version,
        "cuda_support": image.cuda_support,
        "cuda_version": image.cuda_version,
        "cuDNN_version": image.cudnn_version,
    }


def _flavor(flavour: Flavour) -> dict[str, Json]:
    cores = int(flavour.cpus) if float(flavour.cpus).is_integer() else flavour.cpus
    return {
        "flavor_id": flavour.id,
        "flavor_name": flavour.name,
        "num_vcpus": cores,
        "ram": flavour.memory,
        "disk": flavour.disk,
        "num_gpus": flavour.gpus,
        "gpu_vendor": flavour.gpu_vendor,
        "gpu_model": flavour.gpu_model,
        "infiniband_support": flavour.infiniband,
    }
