"""Which names say that what they name is secret."""

import re

WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
SECRET_WORDS = frozenset(
    [
        "password",
        "passwd",
        "passphrase",
        "pass",
        "pwd",
        "secret",
        "token",
        "credential",
        "credentials",
        "creds",
        "apikey",
    ]
)
SECRET_PAIRS = frozenset({("private", "key"), ("secret", "key"), ("access", "key"), ("api", "key"), ("crypt", "key")})


def names_secret(name: str) -> bool:
    """Whether a name says that what it names is secret."""
    words = [word.lower() for word in WORDS.findall(name)]
    return bool(words) and (words[-1] in SECRET_WORDS or tuple(words[-2:]) in SECRET_PAIRS)
