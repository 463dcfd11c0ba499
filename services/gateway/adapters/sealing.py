"""Sealing with AES-256-GCM: what is sealed is bound to what it is about, and says which key opens it."""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE, MARK = 12, 5
FORMAT = b"\x01"


class CannotOpen(Exception):
    """No key that we have opens it, or it is about something else."""


class Sealer:
    """Seals with the newest key, opens with every one. A sealed value is format, name of the key, nonce, text."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`, newest first, have 32 bytes each."""
        self._ciphers = {_mark(key): AESGCM(key) for key in keys}
        self.mark, self._newest = next(iter(self._ciphers.items()))

    def seal(self, about: str, plain: str) -> bytes:
        """`plain`, readable only as being about this."""
        nonce = secrets.token_bytes(NONCE)
        return self.mark + nonce + self._newest.encrypt(nonce, plain.encode(), about.encode())

    def open(self, about: str, sealed: bytes) -> str:
        """What was sealed. Raises `CannotOpen`."""
        cipher = self._ciphers.get(sealed[:MARK])
        if cipher is not None:
            opened = _opened(cipher, about, sealed[MARK:])
            if opened is not None:
                return opened
        for one in self._ciphers.values():  # from before values named their key
            opened = _opened(one, about, sealed)
            if opened is not None:
                return opened
        raise CannotOpen("no sealing key opens this; was one taken away too early?")


def _mark(key: bytes) -> bytes:
    return FORMAT + hashlib.sha256(key).digest()[: MARK - len(FORMAT)]


def _opened(cipher: AESGCM, about: str, sealed: bytes) -> str | None:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], about.encode()).decode()
    except (InvalidTag, ValueError):
        return None
