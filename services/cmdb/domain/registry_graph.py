"""The entities of the federation registry with what is connected to them, and how they are asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from services.cmdb.domain import registry
from services.cmdb.domain.accords import Accords
from services.cmdb.domain.couch import stable_id
from services.cmdb.domain.registry import Entity, Listed, Share
from services.cmdb.domain.service_types import role_of
from shared.contracts.sites import ServiceStatus

ROLES: Mapping[str, str] = {
    "block_storage": "block-storage",
    "compute": "compute",
    "identity": "identity",
    "network": "network",
    "object_storage": "object-store",
}
PUBLIC = frozenset({"uid", "name", "type", "status", "site", "country"})
"""What anybody may see of an entity."""


class Asked(NamedTuple):
    """What is asked of projects and user groups; an empty text does not matter."""

    user_group_uid: str = ""
    provider_uid: str = ""
    region_name: str = ""
    identity_service_endpoint: str = ""
    idp_endpoint: str = ""
    provider_name: str = ""
    provider_type: str = ""
    provider_status: str = ""


class Graph:
    """All entities, made once of one state of the federation."""

    def __init__(self, sites: Sequence[Listed], accords: Accords) -> None:
        self._sites = sites
        self._accords = accords
        self._shares = [share for listed in sites for share in registry.shares(listed)]
        self.plain: dict[str, list[Entity]] = {
            "providers": [self._provider(listed) for listed in sites],
            "regions": _unique(registry.region(listed, name) for listed in sites for name in _regions(listed)),
            "locations": [registry.location(listed.site) for listed in sites],
            "identity_providers": self._identity_providers(),
            "flavors": _unique(one for share in self._shares for one in registry.flavors(share)),
            "images": _unique(one for share in self._shares for one in registry.images(share)),
            "networks": _unique(one for share in self._shares for one in registry.networks(share)),
        }
        quotas = [quota for share in self._shares for quota in registry.quotas(share)]
        for name, role in ROLES.items():
            self.plain[f"{name}_services"] = [
                registry.service(listed, one)
                for listed in sites
                for one in listed.site.services
                if role_of(one.type, deploys=bool(one.kinds)) == role and one.status is not ServiceStatus.REMOVED
            ]
            self.plain[f"{name}_quotas"] = [quota for quota in quotas if quota["type"] == role]

    def projects(self, asked: Asked) -> list[Entity]:
        """Projects with everything that is connected to them."""
        found = [self._project(share, asked) for share in self._shares if _there(share, asked)]
        return [project for project in found if project is not None]

    def user_groups(self, asked: Asked) -> list[Entity]:
        """Groups of an issuer with what they have at each site that lets its users in."""
        found: dict[tuple[str, str], list[Share]] = {}
        for share in self._shares:
            for issuer in share.listed.site.issuers:
                if asked.idp_endpoint.rstrip("/") in ("", issuer.rstrip("/")) and _there(share, asked):
                    for group in self._groups(share, issuer):
                        found.setdefault((issuer, group), []).append(share)
        return [self._user_group(issuer, group, held) for (issuer, group), held in found.items()]

    def slas(self) -> list[Entity]:
        """What groups have at sites."""
        return _unique(
            {**sla, "user_group": {"uid": group["uid"], "name": group["name"]}}
            for group in self.user_groups(Asked())
            for sla in group["slas"]
        )

    def _groups(self, share: Share, issuer: str) -> list[str]:
        site = share.listed.site.site
        return [group for group in registry.groups_of(share) if self._accords.let_in(site, issuer, group)]

    def _sla(self, issuer: str, group: str, share: Share) -> Entity:
        site = share.listed.site.site
        agreement = self._accords.of(site, issuer, group)
        if agreement is None:
            uid = stable_id("sla", site, issuer, group)
            return {"uid": uid, "doc_uuid": None, "start_date": None, "end_date": None}
        return {
            "uid": agreement.agreement,
            "doc_uuid": agreement.document,
            "start_date": agreement.starts.date().isoformat(),
            "end_date": agreement.ends.date().isoformat() if agreement.ends else None,
        }

    def _provider(self, listed: Listed) -> Entity:
        connected = {
            "regions": [registry.region(listed, name) for name in _regions(listed)],
            "projects": [registry.project(share) for share in self._shares if share.listed is listed],
            "identity_providers": [registry.identity_provider(issuer, [listed.site]) for issuer in listed.site.issuers],
        }
        return {**registry.provider(listed.site), **connected}

    def _identity_providers(self) -> list[Entity]:
        letting_in: dict[str, list[Listed]] = {}
        for listed in self._sites:
            for issuer in listed.site.issuers:
                letting_in.setdefault(issuer, []).append(listed)
        return [registry.identity_provider(issuer, [one.site for one in sites]) for issuer, sites in letting_in.items()]

    def _project(self, share: Share, asked: Asked) -> Entity | None:
        members = [
            (issuer, group)
            for issuer in share.listed.site.issuers
            for group in self._groups(share, issuer)
            if asked.user_group_uid in ("", registry.group_uid(issuer, group))
        ]
        if not members and asked.user_group_uid:
            return None
        return {
            **registry.project(share),
            "provider": registry.provider(share.listed.site),
            "sla": self._sla_of_a_member(*members[0], share) if members else None,
            "quotas": list(registry.quotas(share)),
            "flavors": list(registry.flavors(share)),
            "images": list(registry.images(share)),
            "networks": list(registry.networks(share)),
        }

    def _sla_of_a_member(self, issuer: str, group: str, share: Share) -> Entity:
        idp = registry.identity_provider(issuer, [share.listed.site])
        user_group = {"uid": registry.group_uid(issuer, group), "name": group, "identity_provider": idp}
        return {**self._sla(issuer, group, share), "user_group": user_group}

    def _user_group(self, issuer: str, group: str, held: Sequence[Share]) -> Entity:
        sites = {share.listed.site.site: share.listed.site for share in held}
        slas: dict[str, Entity] = {}
        for share in held:
            sla = slas.setdefault(share.listed.site.site, {**self._sla(issuer, group, share), "projects": []})
            provider = registry.provider(share.listed.site)
            sla["projects"].append(
                {**registry.project(share), "provider": provider, "quotas": list(registry.quotas(share))}
            )
        return {
            "uid": registry.group_uid(issuer, group),
            "name": group,
            "identity_provider": registry.identity_provider(issuer, sites.values()),
            "slas": list(slas.values()),
        }


def _there(share: Share, asked: Asked) -> bool:
    provider = registry.provider(share.listed.site)
    regions = [service["region"] for service in (quota["service"] for quota in registry.quotas(share))]
    logins = [login["endpoint"] for region in regions for login in region["identity_services"]]
    wanted: Sequence[tuple[str, Callable[[str], bool]]] = (
        (asked.provider_uid, lambda uid: provider["uid"] == uid),
        (asked.provider_name, lambda name: provider["name"] == name),
        (asked.provider_type, lambda type: provider["type"] == type),
        (asked.provider_status, lambda status: provider["status"] == status),
        (asked.region_name, lambda name: any(region["name"] == name for region in regions)),
        (asked.identity_service_endpoint, lambda endpoint: endpoint in logins),
    )
    return all(holds(value) for value, holds in wanted if value)


def _regions(listed: Listed) -> list[str | None]:
    return list(dict.fromkeys(service.region for service in listed.site.services))


def _unique(entities: Iterable[Entity]) -> list[Entity]:
    return list({entity["uid"]: entity for entity in entities}.values())
