"""What two services must agree on beside their messages."""

from typing import Final

from shared.contracts.topology import Json

INTERNAL_AUDIENCE: Final = "corale-gateway-internal"
"""Whom the identities are for that our own services show at the gateway's internal endpoints."""

_MARK: Final = "$secret"


def placeholder(name: str) -> Json:
    """What stands in a message for a secret output that is in the vault."""
    return {_MARK: name}


def is_placeholder(output: Json) -> bool:
    """Whether an output stands for a secret that is in the vault."""
    return isinstance(output, dict) and output.keys() == {_MARK}
