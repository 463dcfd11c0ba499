"""The real Keycloak 26 with a realm of its own: on it runs EGI Check-in, and many a site."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from embedded import machine
from embedded.machine import Missing
from embedded.parts import Parts
from embedded.places import places
from embedded.ports import Ports
from embedded.processes import Command
from services.gateway.adapters.exchange import IssuerExchange
from shared.identity.issuers import TrustedIssuer
from tests.integration.identity.provider import BACK, Provider

VERSION = "26.4.7"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
REALM = "corale"
ROOT = "admin"
GATEWAY_SECRET = "gateway-secret"
ENTITLED = "urn:mace:egi.eu:group:vo.a:role=member#aai.egi.eu"
USERS = {"alice": "a", "bob": "b"}


@dataclass(frozen=True)
class KeycloakFate:
    """`Fate`, as an administrator of the realm brings it about."""

    url: str
    parts: Parts

    def rotate(self) -> None:
        with self._admin() as admin:
            realm = admin.get("").json()["id"]
            config = {"priority": [str(1000 + secrets.randbelow(10**6))]}
            key = {"name": f"rsa-{secrets.token_hex(4)}", "providerId": "rsa-generated", "parentId": realm}
            kind = {"providerType": "org.keycloak.keys.KeyProvider", "config": config}
            admin.post("/components", json=key | kind).raise_for_status()

    def away(self, *, away: bool) -> None:
        pid = self.parts.processes["keycloak"].pid
        assert pid is not None
        os.killpg(pid, signal.SIGSTOP if away else signal.SIGCONT)

    def leave(self, user: str, group: str) -> None:
        self._membership("DELETE", user, group)

    def join(self, user: str, group: str) -> None:
        self._membership("PUT", user, group)

    def throw_out(self, user: str) -> None:
        with self._admin() as admin:
            admin.post(f"/users/{self._id(admin, user)}/logout").raise_for_status()

    def _membership(self, method: str, user: str, group: str) -> None:
        with self._admin() as admin:
            found = admin.get(f"/group-by-path/{group}").raise_for_status().json()["id"]
            admin.request(method, f"/users/{self._id(admin, user)}/groups/{found}").raise_for_status()

    def _id(self, admin: httpx.Client, user: str) -> str:
        return str(admin.get("/users", params={"username": user, "exact": "true"}).json()[0]["id"])

    def _admin(self) -> httpx.Client:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ROOT, "password": ROOT}
        at = f"{self.url}/realms/master/protocol/openid-connect/token"
        token = httpx.post(at, data=form, trust_env=False, timeout=30).raise_for_status().json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        base = f"{self.url}/admin/realms/{REALM}"
        return httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=30)


def keycloak(parts: Parts, folder: Path) -> Provider:
    """Starts one. Raises `Missing` if the machine cannot have it."""
    machine.java()
    home = folder / "keycloak"
    shutil.copytree(_fetched(), home, symlinks=True)
    (home / "data" / "import").mkdir(parents=True)
    (home / "data" / "import" / f"{REALM}.json").write_text(json.dumps(_realm()))
    port = Ports(folder / "ports.json", print, usual=False)
    http, management = port.of("keycloak"), port.of("keycloak-management")
    url = f"http://127.0.0.1:{http}"
    options = [
        "start-dev",
        "--db=dev-mem",
        "--import-realm",
        "--http-host=127.0.0.1",
        f"--http-port={http}",
        f"--http-management-port={management}",
        f"--hostname={url}",
        "--cache=local",  # or it looks for others on the network
    ]
    environment = {
        "KC_BOOTSTRAP_ADMIN_USERNAME": ROOT,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": ROOT,
        "KC_HTTP_MANAGEMENT_HOST": "127.0.0.1",
        "JAVA_OPTS_APPEND": "-Djava.net.preferIPv4Stack=true",
        "JAVA_OPTS_KC_HEAP": "-Xms128m -Xmx512m",
    }
    issuer = f"{url}/realms/{REALM}"
    command = Command(("/bin/sh", str(home / "bin" / "kc.sh"), *options), environment)
    parts.begin("keycloak", command, lambda: _serves(issuer), url)
    parts.wait_ready("keycloak", timeout=180)
    return _provider(issuer, KeycloakFate(url, parts))


def _provider(issuer: str, fate: KeycloakFate) -> Provider:
    said = {
        "issuer": issuer,
        "audience": "gateway",
        "profile": "indigo-iam",
        "namespaces": ["urn:mace:egi.eu#aai.egi.eu"],
    }
    exchange = {
        "issuer": issuer,
        "client": {"id": "gateway", "secret": GATEWAY_SECRET},
        "audience": "backend",
        "scopes": ["backend-aud"],
        "requested": "refresh_token",
    }
    return Provider(
        trusted=TrustedIssuer.model_validate(said),
        exchange=IssuerExchange.model_validate(exchange),
        web="web",
        group="projects/a",
        fate=fate,
    )


def _fetched() -> Path:
    home = places().cache / f"keycloak-{VERSION}"
    if home.is_dir():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        line = [machine.maven(), "-q", "-B", "-ntp", COPY, f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={scratch}"]
        done = subprocess.run(line, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"Maven could not fetch Keycloak: {done.stdout.strip()[-300:]}")
        (archive,) = Path(scratch).glob("*.zip")
        shutil.unpack_archive(archive, scratch)
        (Path(scratch) / f"keycloak-{VERSION}").rename(home)
    return home


def _serves(issuer: str) -> bool:
    try:
        return httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _realm() -> dict[str, object]:
    """Listing scopes in a realm takes the built-in ones away, so `basic` (which gives `sub`) is listed too."""
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "accessTokenLifespan": 300,
        "oauth2DevicePollingInterval": 1,
        "groups": [{"name": "projects", "subGroups": [{"name": name} for name in USERS.values()]}],
        "users": [_user(user, group) for user, group in USERS.items()],
        "clientScopes": [
            _scope("basic", ("oidc-sub-mapper", {})),
            _scope("profile", _claim("oidc-group-membership-mapper", "groups", {"full.path": "true"}), _entitlement()),
            _scope("offline_access"),
            _audience("gateway"),
            _audience("backend"),
        ],
        "clients": [_web(), _gateway(), {"clientId": "backend", "secret": "x", "standardFlowEnabled": False}],
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {"providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [_ANY_ATTRIBUTE]}}
            ]
        },
    }


_ANY_ATTRIBUTE = json.dumps(
    {
        "unmanagedAttributePolicy": "ENABLED",
        "attributes": [
            {"name": name, "permissions": {"view": ["admin", "user"], "edit": ["admin", "user"]}}
            for name in ("username", "email", "firstName", "lastName")
        ],
    }
)


def _user(name: str, group: str) -> dict[str, object]:
    return {
        "username": name,
        "enabled": True,
        "emailVerified": True,
        "email": f"{name}@example.org",
        "firstName": name,
        "lastName": name,
        "credentials": [{"type": "password", "value": name, "temporary": False}],
        "groups": [f"/projects/{group}"],
        "attributes": {"eduperson_entitlement": [ENTITLED] if group == "a" else []},
        "realmRoles": [f"default-roles-{REALM}", "offline_access"],
    }


def _web() -> dict[str, object]:
    attributes = {"oauth2.device.authorization.grant.enabled": "true", "pkce.code.challenge.method": "S256"}
    return {
        "clientId": "web",
        "publicClient": True,
        "redirectUris": [BACK],
        "attributes": attributes,
        "defaultClientScopes": ["basic", "profile", "gateway-aud"],
        "optionalClientScopes": ["offline_access"],
    }


def _gateway() -> dict[str, object]:
    exchange = {
        "standard.token.exchange.enabled": "true",
        "standard.token.exchange.enableRefreshRequestedTokenType": "SAME_SESSION",
    }
    return {
        "clientId": "gateway",
        "secret": GATEWAY_SECRET,
        "standardFlowEnabled": False,
        "attributes": exchange,
        "defaultClientScopes": ["basic", "profile"],
        "optionalClientScopes": ["backend-aud", "offline_access"],
    }


def _audience(client: str) -> dict[str, object]:
    config = {"included.client.audience": client, "access.token.claim": "true", "id.token.claim": "false"}
    return _scope(f"{client}-aud", ("oidc-audience-mapper", config))


def _entitlement() -> tuple[str, dict[str, str]]:
    more = {"user.attribute": "eduperson_entitlement", "jsonType.label": "String", "multivalued": "true"}
    return _claim("oidc-usermodel-attribute-mapper", "eduperson_entitlement", more)


def _claim(kind: str, name: str, more: dict[str, str]) -> tuple[str, dict[str, str]]:
    return kind, {"claim.name": name, "access.token.claim": "true", "id.token.claim": "true", **more}


def _scope(name: str, *mappers: tuple[str, dict[str, str]]) -> dict[str, object]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "true"},
        "protocolMappers": [
            {
                "name": f"{name}-{number}",
                "protocol": "openid-connect",
                "protocolMapper": kind,
                "config": {"access.token.claim": "true", **config},
            }
            for number, (kind, config) in enumerate(mappers)
        ],
    }
