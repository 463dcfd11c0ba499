"""Secrets of this installation: made once, kept in one file that only its owner may read."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import OKPKey, RSAKey
from pydantic import TypeAdapter

_TEXTS = TypeAdapter(dict[str, str])


class Keys:
    """Gives the same secret for the same name for as long as the file lives."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _TEXTS.validate_json(file.read_bytes()) if file.exists() else {}

    def password(self, name: str) -> str:
        """A password that needs no quoting in a URL or a shell."""
        return self._keep(f"password:{name}", lambda: secrets.token_urlsafe(18))

    def sealing(self, name: str) -> str:
        """32 random bytes in base64."""
        return self._keep(f"sealing:{name}", lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def service(self, name: str) -> str:
        """A service's private Ed25519 key as a JWK."""
        return self._keep(f"service:{name}", lambda: _jwk(OKPKey.generate_key("Ed25519", auto_kid=True)))

    def service_public(self, name: str) -> dict[str, object]:
        """The public half of `service`."""
        return dict(OKPKey.import_key(json.loads(self.service(name))).as_dict(private=False))

    def issuer(self) -> RSAKey:
        """The key that the demo issuer signs tokens with."""
        text = self._keep("issuer", lambda: _jwk(RSAKey.generate_key(2048, auto_kid=True)))
        return RSAKey.import_key(json.loads(text))

    def _keep(self, name: str, make: Callable[[], str]) -> str:
        if name not in self._known:
            self._known[name] = make()
            write_private(self._file, json.dumps(self._known, indent=2))
        return self._known[name]


def fresh_environment() -> str:
    """The variables that compose.yaml asks for, one a line, with new secrets."""
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    variables = {
        "CORALE_PASSWORD": secrets.token_urlsafe(18),
        "CORALE_SEALING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "CORALE_SERVICE_KEY": _jwk(key),
        "CORALE_SERVICE_KEYS": json.dumps({"deployer": key.as_dict(private=False)}),
    }
    return "".join(f"{name}='{value}'\n" for name, value in variables.items())


def write_private(file: Path, text: str) -> None:
    """Replace the file in one step; nobody but its owner can read it, not even for a moment."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(file)


def _jwk(key: OKPKey | RSAKey) -> str:
    return json.dumps(key.as_dict(private=True))
