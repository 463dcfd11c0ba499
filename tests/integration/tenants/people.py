"""Everybody who may come to the door, and what each of them is to alice's deployment."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey

from embedded.issuer import Issuer
from embedded.keys import Keys
from embedded.tokens import Wanted, mint
from services.gateway.domain.authority import ALLOWED, Deed, Standing
from shared.contracts.between import INTERNAL_AUDIENCE
from tests.component.gateway.door import ADMINS, GROUP, Door, a_door, serving


@dataclass(frozen=True)
class Person:
    """Somebody: by these headers, and what that makes of him. Nobody has no standing, nor has one of our services."""

    name: str
    headers: dict[str, str]
    standing: Standing | None
    left: bool = False

    def may(self, deed: Deed) -> int:
        """The status that refuses it to this person, or 0."""
        if self.standing is None:
            return 401
        if self.standing is Standing.STRANGER:
            return 404
        if deed not in ALLOWED[self.standing] or (self.left and deed in {Deed.CHANGE, Deed.REMOVE}):
            return 403
        return 0


@dataclass(frozen=True)
class Town:
    """A gateway that trusts two issuers, and the people around it; alice and one of our services among them."""

    door: Door
    people: tuple[Person, ...]

    def client(self, name: str) -> httpx.AsyncClient:
        """The API as somebody sees it."""
        return self.door.as_sent(next(person.headers for person in self.people if person.name == name))


@asynccontextmanager
async def a_town(postgres: str, keys: Keys) -> AsyncIterator[Town]:
    """The second issuer gives out the same subjects, the same groups, and administrators of its own."""
    own = OKPKey.generate_key("Ed25519")
    ports = [_free_port(), _free_port()]
    here, there = (f"http://127.0.0.1:{port}" for port in ports)
    settings = {
        "issuers": [{"issuer": issuer, "audience": "corale", "admins": [ADMINS]} for issuer in (here, there)],
        "service_keys": {"deployer": {name: str(part) for name, part in own.as_dict(private=False).items()}},
        "limits": {"stranger_per_second": 0, "user_per_second": 0},
    }

    def person(name: str, standing: Standing, issuer: str, subject: str, group: str, *, left: bool = False) -> Person:
        token = mint(issuer, keys.issuer(), Wanted(subject, (group,)))
        return Person(name, {"authorization": f"Bearer {token}"}, standing, left)

    people = (
        Person("nobody", {}, None),
        Person("service", {"authorization": f"Bearer {_of_ours(own)}"}, None),
        person("another's namesake", Standing.STRANGER, there, "alice", GROUP),
        person("another's administrator", Standing.STRANGER, there, "olga", ADMINS),
        person("of another group", Standing.STRANGER, here, "eve", "others"),
        person("of the same group", Standing.MEMBER, here, "bob", GROUP),
        person("owner who left the group", Standing.OWNER, here, "alice", "others", left=True),
        person("administrator", Standing.ADMIN, here, "olga", ADMINS),
        person("owner", Standing.OWNER, here, "alice", GROUP),
    )
    async with (
        serving(Issuer(here, keys).application(), ports[0]),
        serving(Issuer(there, keys).application(), ports[1]),
        a_door(postgres, keys, **settings) as door,
    ):
        yield Town(door, people)


def _of_ours(key: OKPKey) -> str:
    now = int(time.time())
    claims = {"iss": "deployer", "sub": "deployer", "aud": INTERNAL_AUDIENCE, "iat": now, "exp": now + 300}
    return jwt.encode({"alg": "Ed25519", "typ": "JWT"}, claims, key, algorithms=["Ed25519"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
