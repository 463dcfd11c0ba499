"""Who we are at other people's monitoring systems. Secrets are in a file of the operator's, never in a site's file.

credentials:
  https://prometheus.bari.example.org:         {token: …}                     # or username and password
  https://cloud.example.org:5000/v3: {username: …, password: …, domain: Default}  # or an application credential

A credential is used for addresses below its own only, so that no site can have it sent elsewhere.
"""

from pathlib import Path
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr

PORTS = {"http": 80, "https": 443}


class BadCredentials(ValueError):
    """The file of credentials cannot be used. The text holds nothing of what is in it."""


class Login(BaseModel):
    """What one API knows us by; `application` is the id of an application credential of OpenStack's Keystone."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    domain: str = "Default"
    application: str | None = None
    secret: SecretStr | None = None


class Settings(BaseModel):
    """`credentials`: the file; `verify`: whether certificates must be ones that are trusted here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    credentials: Path | None = None
    verify: bool = True


class Access(BaseModel):
    """All credentials there are."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    credentials: dict[str, Login] = Field(default_factory=dict)

    def to(self, url: str) -> Login | None:
        """The credential for this address: of those whose address it is or lies below, the most exact."""
        near = [(place, login) for place, login in self.credentials.items() if _below(url, place)]
        return max(near, key=lambda pair: len(pair[0]), default=("", None))[1]


def read_access(file: Path | None) -> Access:
    """The credentials of a file, none without one. Raises `BadCredentials`, and `OSError` as it comes."""
    if file is None:
        return Access()
    try:
        return Access.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        raise BadCredentials(f"{file}: no YAML in line {mark.line + 1 if mark else '?'}") from None
    except (ValueError, RecursionError) as problem:
        raise BadCredentials(f"{file}: {problem}") from None


def _below(url: str, place: str) -> bool:
    asked, known = urlsplit(url), urlsplit(place)
    if (asked.scheme, asked.hostname, _port(asked.scheme, asked.port)) != (
        known.scheme,
        known.hostname,
        _port(known.scheme, known.port),
    ):
        return False
    path = known.path.rstrip("/")
    return asked.path == path or asked.path.startswith(f"{path}/")


def _port(scheme: str, port: int | None) -> int | None:
    return port or PORTS.get(scheme)
