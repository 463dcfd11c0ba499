"""What the collectors that probe have in common: their settings, what a site's file says to them, and when they act."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field

from services.monitoring.adapters.lifecycle.accounts import Account
from services.monitoring.adapters.lifecycle.course import Remote, Timing, prove
from services.monitoring.adapters.lifecycle.web import Web
from services.monitoring.domain.rhythm import Pace
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.failures import Transient

HOURLY = Pace(every=timedelta(hours=1), patience=timedelta(minutes=6), room=5)
"""How often a service is probed, and how long that may take: to clear, create, run and delete, each to its limit."""
LONGEST_MARK = 60
NOT_PLAIN = re.compile(r"[^a-z0-9]+")


class ProbeEntry(BaseModel):
    """What a site's file may say to a probe. A service that costs money is probed only if it says `paid: true`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paid: bool = False


class ProbeSettings(BaseModel):
    """`name` begins the mark of what we make: another installation that probes the same sites needs another one.

    `limit`, `clean` and `poll` are seconds: until it works, until it is gone, between two looks. `timeout` is for one
    request; absent, it is the service's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(default="corale-probe", pattern=r"^[a-z][a-z0-9-]{0,30}$")
    verify: bool = True
    limit: float = Field(default=90, gt=0)
    clean: float = Field(default=60, gt=0)
    poll: float = Field(default=3, ge=0)
    timeout: float | None = Field(default=None, gt=0)

    @property
    def timing(self) -> Timing:
        """The seconds of one probe."""
        return Timing(self.limit, self.clean, self.poll)


Opener = Callable[[Web, Target, str], Remote | None]
"""The service behind a target, for things with this mark; `None` where there is nothing to probe."""


class Prober:
    """`ports.Collector` by a life-cycle probe. At a service that costs money it makes nothing unless asked to."""

    def __init__(
        self,
        collector: str,
        settings: ProbeSettings,
        opener: Opener,
        *,
        timeout: timedelta,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`timeout` bounds one request, unless the settings say otherwise."""
        seconds = timeout.total_seconds() if settings.timeout is None else settings.timeout
        self._web = Web(seconds, verify=settings.verify, transport=transport)
        self._collector = collector
        self._settings = settings
        self._opener = opener

    async def collect(self, target: Target) -> Sight | None:
        if target.public and target.entries.get(self._collector, {}).get("paid") is not True:
            return None
        remote = self._opener(self._web, target, mark_of(self._settings.name, target))
        return None if remote is None else await prove(remote, self._settings.timing, target.endpoint)

    async def close(self) -> None:
        await self._web.close()


def mark_of(name: str, target: Target) -> str:
    """The one name of what a probe makes at a target: at most 60 letters, digits and dashes, always the same."""
    whole = f"{target.site}/{target.service}"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    room = LONGEST_MARK - len(name) - len(digest) - 2
    plain = NOT_PLAIN.sub("-", whole.lower())[:room].strip("-")
    return f"{name}-{plain}-{digest}"


A = TypeVar("A", bound=Account)


def account_of(accounts: Mapping[str, A], target: Target) -> A | None:
    """The operator's account for a target, by `site/service`, else `site`, else `*`; `None` if there is none.

    Raises `Transient` where it may not be sent: who may only describe a site must not learn the operator's secrets.
    """
    keys = (f"{target.site}/{target.service}", target.site, "*")
    account = next((accounts[key] for key in keys if key in accounts), None)
    if account is None or target.vouched or account.endpoint == target.endpoint:
        return account
    raise Transient(f"our account is not sent to {target.endpoint}, which no file names; see `endpoint` of accounts")
