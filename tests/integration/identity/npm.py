"""The OpenID provider of npm, certified by the OpenID Foundation, with three issuers in one process."""

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from embedded.machine import Missing
from embedded.parts import Parts
from embedded.places import places
from embedded.ports import Ports
from embedded.processes import Command
from services.gateway.adapters.exchange import IssuerExchange
from shared.identity.issuers import TrustedIssuer
from tests.integration.identity.provider import Provider

SOURCE = Path(__file__).parent / "provider"
NODE_AT_LEAST = 20
CLIENT = {"id": "gateway", "secret": "gateway-secret-of-some-length-x"}


@dataclass(frozen=True)
class Issuers:
    """Two whose tokens anybody can read, and one whose tokens only it can."""

    first: Provider
    second: Provider
    opaque: Provider


@dataclass(frozen=True)
class NpmFate:
    """`Fate`, by the provider's own test endpoints."""

    issuer: str

    def rotate(self) -> None:
        self._tell("rotate", {"drop": False})

    def away(self, *, away: bool) -> None:
        self._tell("outage", {"on": away})

    def leave(self, user: str, group: str) -> None:
        self._tell("groups", {"user": user, "groups": [f"/not/{group}"]})

    def join(self, user: str, group: str) -> None:
        self._tell("groups", {"user": user, "groups": [f"/{group}", "users"]})

    def throw_out(self, user: str) -> None:
        self._tell("logout", {"user": user})

    def _tell(self, what: str, wish: Mapping[str, object]) -> None:
        httpx.post(f"{self.issuer}/_test/{what}", json=wish, trust_env=False, timeout=10).raise_for_status()


def issuers(parts: Parts, folder: Path, *, lives: int = 300) -> Issuers:
    """Starts them; their access tokens live so many seconds. Raises `Missing` if the machine cannot have them."""
    node, home = _node(), _installed()
    port = Ports(folder / "ports.json", print, usual=False).of("openid")
    url = f"http://127.0.0.1:{port}"
    linked = folder / "provider"
    linked.mkdir()
    shutil.copy(SOURCE / "provider.mjs", linked)
    (linked / "node_modules").symlink_to(home / "node_modules")
    command = Command((node, str(linked / "provider.mjs"), str(port)), {"ACCESS_TOKEN_LIVES": str(lives)})
    parts.begin("openid", command, lambda: _serves(url), url)
    return Issuers(_issuer(url, "a", "rfc9068"), _issuer(url, "b", "rfc9068"), _issuer(url, "opaque", "introspection"))


def _issuer(url: str, name: str, profile: str) -> Provider:
    issuer = f"{url}/{name}"
    said: dict[str, object] = {
        "issuer": issuer,
        "audience": "corale",
        "profile": profile,
        "admins": ["admins"],
        "namespaces": ["urn:mace:egi.eu#aai.egi.eu"] if name == "a" else [],
    }
    if profile == "introspection":
        said["client"] = CLIENT
    exchange = {"issuer": issuer, "client": CLIENT, "audience": "backend", "scopes": ["openid", "compute"]}
    return Provider(
        trusted=TrustedIssuer.model_validate(said),
        exchange=IssuerExchange.model_validate(exchange),
        web="web",
        group="projects/a",
        fate=NpmFate(issuer),
    )


def _node() -> str:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise Missing("this machine has no Node with npm, in which the OpenID provider runs")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", version)
    if found is None or int(found[1]) < NODE_AT_LEAST:
        raise Missing(f"the OpenID provider needs Node {NODE_AT_LEAST} or newer; this is {version.strip()}")
    return node


def _installed() -> Path:
    """A folder with the packages of the lock, fetched once."""
    mark = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()[:12]
    home = places().cache / f"openid-provider-{mark}"
    if home.is_dir():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        fresh = Path(scratch) / "provider"
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, fresh)
        line = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(line, cwd=fresh, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"npm has no OpenID provider for this machine: {done.stderr.strip()[-300:]}")
        fresh.rename(home)
    return home


def _serves(url: str) -> bool:
    try:
        return httpx.get(f"{url}/b/.well-known/openid-configuration", trust_env=False, timeout=1).is_success
    except httpx.HTTPError:
        return False
