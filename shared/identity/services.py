"""Proves which of our own services calls, by keys of their own."""

import time
from collections.abc import Mapping

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.failures import Permanent
from shared.identity.claims import BadToken, peek, proved


class ServiceIdentities:
    """Proves which of our own services calls, by the public key configured for its name."""

    def __init__(self, keys: Mapping[str, Mapping[str, str]], audience: str) -> None:
        """`keys` maps a service's name to its public key as a JWK."""
        self._keys = {name: KeySet.import_key_set({"keys": [dict(key)]}) for name, key in keys.items()}
        self._audience = audience

    def service(self, token: str) -> str:
        """The service a token speaks for. Raises `Permanent` when it proves nothing."""
        try:
            _, unproved = peek(token)
            name = str(unproved.get("iss", ""))
            claims = jwt.decode(token, self._keys[name], algorithms=["Ed25519"]).claims
            proved(claims, audiences=(self._audience,), now=time.time())
        except (BadToken, JoseError, KeyError, ValueError) as problem:
            raise Permanent("This endpoint is for services that can prove their name.") from problem
        return name
