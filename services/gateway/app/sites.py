"""What users have for sites that take no token: how it is asked for, and how users manage it."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from services.gateway.ports import Secret
from shared.contracts.vocabulary import Principal


class SiteKey(NamedTuple):
    """Whose credential for which site service; without a group for all of the owner's."""

    owner: Principal
    group: str | None
    service: str


class Sites(Protocol):
    """What users have for sites that take no token."""

    async def credentials(self, secret: Secret, service: str) -> Mapping[str, str]:
        """What the owner has for a service, such as `username` and `password`; empty when nothing.

        Raises `failures.Transient` when that cannot be known now. Opens no transaction of the caller's.
        """
        ...


class OwnSites(Protocol):
    """The same, as users manage it when it is in our own store."""

    async def put(self, key: SiteKey, credential: Mapping[str, str], at: datetime) -> None:
        """Seal a credential in the place of the one before."""
        ...

    async def delete(self, key: SiteKey) -> bool:
        """Forget it; whether there was one."""
        ...

    async def names(self, issuer: str, subject: str) -> list[tuple[str, str | None, datetime]]:
        """For which services and groups a user has one, and since when. Never the credentials."""
        ...
