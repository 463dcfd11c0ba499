"""The keys of callbacks: a signature that everybody can check, and a secret that a webhook's owner shares with us.

Signed is `<id>.<timestamp>.<body>`: as `v1` of Standard Webhooks 1.0.0 with the webhook's secret, and as a detached JWS
(RFC 7515, appendix F; RFC 9864) with the gateway's own key, whose public half is in its JWK set.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.jwk import OKPKey

from services.gateway.adapters.sealing import Sealer
from services.gateway.domain.callbacks import Claimed

ALGORITHM = "Ed25519"
SECRET_BYTES = 24
PREFIX = "whsec_"


class CallbackKeys:
    """`app.callbacks.Signer` with keys that follow from the sealing keys: the newest signs and seals, all are known."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys` have 32 bytes each, the newest first."""
        self._signing = [_signing(key) for key in keys]
        self._sealer = Sealer(keys)

    def public(self) -> dict[str, object]:
        """The JWK set (RFC 7517) with which signatures are checked."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}
                for key in self._signing
            ]
        }

    def new_secret(self, webhook: str) -> tuple[str, bytes]:
        """A secret for a webhook: as its owner is told it, and sealed."""
        secret = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        return PREFIX + secret, self._sealer.seal(_about(webhook), secret)

    def headers(self, claimed: Claimed, at: int, body: str) -> dict[str, str]:
        """What proves one attempt."""
        delivery = claimed.delivery
        signed = f"{delivery.id}.{at}.{body}".encode()
        headers = {
            "webhook-id": delivery.id,
            "webhook-timestamp": str(at),
            "corale-signature": self._detached(signed),
        }
        if claimed.sealed is not None and delivery.webhook is not None:
            secret = base64.b64decode(self._sealer.open(_about(delivery.webhook), claimed.sealed))
            mac = hmac.digest(secret, signed, hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        return headers

    def _detached(self, signed: bytes) -> str:
        key = self._signing[0]
        whole = jws.serialize_compact({"alg": ALGORITHM, "kid": key.thumbprint()}, signed, key, algorithms=[ALGORITHM])
        header, _, signature = whole.split(".")
        return f"{header}..{signature}"


def _about(webhook: str) -> str:
    return f"webhook/{webhook}"


def _signing(key: bytes) -> OKPKey:
    private = Ed25519PrivateKey.from_private_bytes(_derived(key))
    coded: dict[str, str | list[str]] = {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": _base64url(private.private_bytes_raw()),
        "x": _base64url(private.public_key().public_bytes_raw()),
    }
    return OKPKey.import_key(coded)


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"corale/callback signatures").derive(key)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
