"""A real Vault core: built once from its own modules, in memory, with KV version 2 and users who log in by token."""

import hashlib
import os
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

SOURCE = Path(__file__).parent / "vaultd"
POLICY = """
path "secret/data/{{identity.entity.id}}/services_credential/*" { capabilities = ["create", "read", "update"] }
"""


@dataclass
class Vault:
    """A Vault as its operator sees it."""

    url: str
    key: str
    root: str

    def trust(self, issuer: str, audience: str) -> None:
        """Users of this issuer may log in, and have a place of their own."""
        self.tell("POST", "sys/auth/jwt", {"type": "jwt"})
        self.tell("POST", "auth/jwt/config", {"oidc_discovery_url": issuer, "bound_issuer": issuer})
        self.tell("PUT", "sys/policies/acl/user", {"policy": POLICY})
        role = {"role_type": "jwt", "bound_audiences": [audience], "user_claim": "sub", "policies": ["user"]}
        self.tell("POST", "auth/jwt/role/orchestrator", role | {"ttl": "120s"})

    def log_in(self, jwt: str) -> tuple[str, str]:
        """A user's own token here, and identity."""
        auth = self.tell("POST", "auth/jwt/login", {"role": "orchestrator", "jwt": jwt}, token="")["auth"]
        assert isinstance(auth, dict)
        return str(auth["client_token"]), str(auth["entity_id"])

    def tell(
        self, method: str, path: str, body: Mapping[str, object], token: str | None = None
    ) -> Mapping[str, object]:
        """Ask for something, as the operator unless told otherwise."""
        headers = {"X-Vault-Token": self.root if token is None else token}
        answer = httpx.request(method, f"{self.url}/v1/{path}", json=body, headers=headers, trust_env=False, timeout=10)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}


def vault(parts: Parts, folder: Path) -> Vault:
    """Starts one. Raises `Missing` if the machine cannot have it."""
    program = _built()
    port = Ports(folder / "ports.json", print, usual=False).of("vault")
    url = f"http://127.0.0.1:{port}"
    parts.begin("vault", Command((str(program), str(port))), lambda: _answers(url), url)
    parts.wait_ready("vault", timeout=30)
    opened = Vault(url, "", "")
    first = opened.tell("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
    keys = first["keys_base64"]
    assert isinstance(keys, list)
    opened.key, opened.root = str(keys[0]), str(first["root_token"])
    opened.tell("PUT", "sys/unseal", {"key": opened.key})
    opened.tell("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
    return opened


def _built() -> Path:
    names = ("go.mod", "go.sum", "main.go")
    mark = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in names)).hexdigest()[:12]
    program = places().cache / f"vaultd-{mark}"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise Missing("this machine has no Go, of which Vault's core is built")
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        for name in names:
            shutil.copy(SOURCE / name, scratch)
        line = [go, "build", "-mod=readonly", "-trimpath", "-o", "vaultd", "."]
        environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": ""}
        done = subprocess.run(line, cwd=scratch, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"Vault's core cannot be built here: {done.stderr.strip()[-300:]}")
        (Path(scratch) / "vaultd").rename(program)
    return program


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/sys/seal-status", trust_env=False, timeout=1).is_success
    except httpx.HTTPError:
        return False
