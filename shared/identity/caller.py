"""Who calls, and who can tell."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.contracts.vocabulary import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: proved by a token that is kept out of every text. An `admin` is one by a group of the issuer."""

    principal: Principal
    groups: tuple[str, ...]
    expires_at: datetime
    token: str = field(repr=False)
    admin: bool = False


class Identities(Protocol):
    """Proves who calls."""

    async def caller(self, token: str) -> Caller:
        """Who a bearer token speaks for.

        Raises `failures.Permanent` with a sentence that is safe to show when the token proves nothing, and
        `failures.Transient` when its issuer's keys cannot be had right now.
        """
        ...


class Services(Protocol):
    """Proves which of our own services calls."""

    def service(self, token: str) -> str:
        """The service a token speaks for. Raises `failures.Permanent` when it proves nothing."""
        ...
