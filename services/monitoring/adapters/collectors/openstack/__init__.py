"""Probes OpenStack: boots the smallest machine. Where the operator has an account for the site."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
from pydantic import Field
from pydantic import Json as FromJson

from services.monitoring.adapters.collectors.openstack.keystone import KeystoneAccount
from services.monitoring.adapters.collectors.openstack.nova import Nova, Wishes
from services.monitoring.adapters.lifecycle.probing import HOURLY, ProbeEntry, Prober, ProbeSettings, account_of
from services.monitoring.adapters.lifecycle.web import Web
from services.monitoring.domain.watched import Target

NAME = "openstack"
PACE = HOURLY
TYPES = ("org.openstack.nova", "eu.egi.cloud.vm-management.openstack", NAME)


class Entry(ProbeEntry):
    """Ids of what the machine is made of, where the smallest flavour, first image and first network will not do."""

    flavour: str | None = None
    image: str | None = None
    network: str | None = None


class Settings(ProbeSettings):
    """`accounts` is JSON: `site/service`, `site` or `*` → an account. Flavours below `memory` (MB) are not tried."""

    accounts: FromJson[dict[str, KeystoneAccount]] = Field(default_factory=dict)
    memory: int = Field(default=0, ge=0)


def open_collector(
    settings: Mapping[str, str], *, timeout: timedelta, transport: httpx.AsyncBaseTransport | None = None
) -> Prober:
    """See `ports.OpenCollector`."""
    said = Settings.model_validate(dict(settings))

    def remote(web: Web, target: Target, mark: str) -> Nova | None:
        account = account_of(said.accounts, target) if target.type in TYPES else None
        if account is None:
            return None
        entry = Entry.model_validate(target.entries.get(NAME, {}))
        wishes = Wishes(
            flavour=entry.flavour,
            image=entry.image or next(iter(target.images), None),
            network=entry.network,
            flavours=frozenset(target.flavours),
            memory=said.memory,
        )
        return Nova(web, target, mark, account, wishes)

    return Prober(NAME, said, remote, timeout=timeout, transport=transport)
