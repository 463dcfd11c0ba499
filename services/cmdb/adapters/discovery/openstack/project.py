"""What one project of an OpenStack region sees. Each method reads one field of a service of the wire."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from services.cmdb.adapters.discovery.client import Absent, Forbidden, Question, Session
from services.cmdb.adapters.discovery.openstack import answers
from services.cmdb.adapters.discovery.openstack.gpus import hardware
from services.cmdb.adapters.discovery.openstack.identity import Pass, endpoint, headers
from services.cmdb.adapters.discovery.openstack.pages import all_of
from services.cmdb.adapters.discovery.openstack.settings import Settings
from services.cmdb.adapters.discovery.openstack.words import image_words, without_nulls
from shared.contracts.topology import Json

M = TypeVar("M", bound=BaseModel)
EXTRA_SPECS_SINCE = {"OpenStack-API-Version": "compute 2.61", "X-OpenStack-Nova-API-Version": "2.61"}
AT_ONCE = 8
Things = list[dict[str, Json]]


@dataclass(frozen=True, slots=True)
class View:
    """How a project looks at a region."""

    session: Session
    key: Pass
    region: str | None
    settings: Settings

    def at(self, service: str, version: str, path: str, what: str) -> Question | None:
        """A question to a service; `None` if there is no such service."""
        url = endpoint(self.key.body, service, self.region, self.settings.interface)
        if url is None:
            return None
        if version and not url.endswith(version):
            url += version
        return Question(what, url + path, headers=headers(self.key))


async def flavours(view: View) -> Things | None:
    """Nova's flavours, without those that are switched off."""
    question = view.at("compute", "", "/flavors/detail", "Nova's flavours")
    if question is None:
        return None
    young = Question(question.what, question.url, headers={**(question.headers or {}), **EXTRA_SPECS_SINCE})
    try:
        found = await all_of(view.session, young, answers.Page[answers.Flavour])
    except Absent:
        found = await all_of(view.session, question, answers.Page[answers.Flavour])
    offered = [flavour for flavour in found if not flavour.disabled]
    specs = await _extra_specs(view, offered)
    return [_flavour(flavour, hardware_specs, view) for flavour, hardware_specs in zip(offered, specs, strict=True)]


async def images(view: View) -> Things | None:
    """Glance's images that can be used."""
    question = view.at("image", "/v2", "/images", "Glance's images")
    if question is None:
        return None
    found = await all_of(view.session, question, answers.Page[answers.Image])
    return [
        {"id": image.id, "name": image.name or image.id, **image_words(image.model_extra or {})}
        for image in found
        if image.status == "active" and not image.os_hidden
    ]


async def networks(view: View) -> Things | None:
    """Neutron's networks that the project may use; with several ranges of addresses the first of IPv4."""
    question = view.at("network", "/v2.0", "/networks", "Neutron's networks")
    ranges = view.at("network", "/v2.0", "/subnets", "Neutron's subnets")
    if question is None or ranges is None:
        return None
    found = await all_of(view.session, question, answers.Page[answers.Network])
    subnets = await all_of(view.session, ranges, answers.Page[answers.Subnet])
    project = view.key.body.project
    own = project.id if project else None
    return [
        _network(network, subnets)
        for network in found
        if network.admin_state_up and (network.external or network.shared or network.project_id in (None, own))
    ]


async def volume_types(view: View) -> Things | None:
    """Cinder's volume types; the quality is what their extra specs call `quality` or `qos`."""
    question = view.at("volume", "", "/types", "Cinder's volume types")
    if question is None:
        return None
    found = (await view.session.model(question, answers.VolumeTypes)).volume_types
    named = {kind.name: kind.extra_specs or {} for kind in found}
    return [
        without_nulls({"name": name, "quality": specs.get("quality") or specs.get("qos")})
        for name, specs in named.items()
    ]


async def quota(view: View) -> dict[str, Json]:
    """What the project may have in all; unlimited and not shown to us are absent."""
    project = view.key.body.project
    compute = view.at("compute", "", "/limits", "Nova's limits")
    volumes = view.at("volume", "", "/limits", "Cinder's limits")
    network = view.at("network", "/v2.0", f"/quotas/{project.id if project else ''}", "Neutron's quota")
    machines, storage, addresses = await asyncio.gather(
        _if_shown(view, compute, answers.LimitsAnswer),
        _if_shown(view, volumes, answers.LimitsAnswer),
        _if_shown(view, network, answers.NetworkQuotaAnswer),
    )
    limits: dict[str, int | None] = {}
    if machines:
        absolute = machines.limits.absolute
        limits |= {"cpus": absolute.cores, "memory": absolute.ram, "instances": absolute.instances}
    if storage:
        limits |= {"disk": storage.limits.absolute.gigabytes, "volumes": storage.limits.absolute.volumes}
    if addresses:
        limits["public_addresses"] = addresses.quota.floatingip
    return {name: limit for name, limit in limits.items() if limit is not None and limit >= 0}


async def _if_shown(view: View, question: Question | None, kind: type[M]) -> M | None:
    if question is None:
        return None
    try:
        return await view.session.model(question, kind)
    except (Forbidden, Absent):
        return None


async def _extra_specs(view: View, flavours: Sequence[answers.Flavour]) -> list[dict[str, str]]:
    room = asyncio.Semaphore(AT_ONCE)

    async def of(flavour: answers.Flavour) -> dict[str, str]:
        if flavour.extra_specs is not None:
            return flavour.extra_specs
        async with room:
            path = f"/flavors/{flavour.id}/os-extra_specs"
            shown = await _if_shown(view, view.at("compute", "", path, "Nova's extra specs"), answers.ExtraSpecs)
        return shown.extra_specs if shown else {}

    return list(await asyncio.gather(*(of(flavour) for flavour in flavours)))


def _flavour(flavour: answers.Flavour, specs: Mapping[str, str], view: View) -> dict[str, Json]:
    found = hardware(specs, view.settings.gpu_aliases)
    return without_nulls(
        {
            "id": flavour.id,
            "name": flavour.name,
            "cpus": flavour.vcpus,
            "memory": flavour.ram,
            "disk": flavour.disk,
            "gpus": found.gpus,
            "gpu_vendor": found.vendor,
            "gpu_model": found.model,
            "infiniband": found.infiniband,
        }
    )


def _network(network: answers.Network, subnets: Sequence[answers.Subnet]) -> dict[str, Json]:
    ranges = sorted(
        (subnet.ip_version, subnet.id, subnet.cidr) for subnet in subnets if subnet.network_id == network.id
    )
    return without_nulls(
        {
            "id": network.id,
            "name": network.name,
            "kind": "public" if network.external else "private",
            "cidr": ranges[0][2] if ranges else None,
        }
    )
