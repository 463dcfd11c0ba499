"""Keystone v3: the ways in, the projects an account works in, and where the services of a region are."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, SecretStr

from services.cmdb.adapters.discovery.client import Question, Session, place, understood
from services.cmdb.adapters.discovery.openstack.settings import Secrets, Settings, domain
from shared.contracts.topology import Json
from shared.failures import NeedsPerson, Transient

TYPES = {
    "compute": ("compute",),
    "image": ("image",),
    "network": ("network",),
    "volume": ("block-storage", "volumev3", "block-store", "volume"),
}


class Endpoint(BaseModel):
    """Where a service of the catalogue is."""

    interface: str
    url: str
    region: str | None = None
    region_id: str | None = None


class Entry(BaseModel):
    """A service of the catalogue."""

    type: str
    endpoints: tuple[Endpoint, ...] = ()


class ProjectRef(BaseModel):
    """A project as Keystone lists it."""

    id: str
    name: str
    enabled: bool = True


class TokenBody(BaseModel):
    """What a token is good for."""

    project: ProjectRef | None = None
    catalog: tuple[Entry, ...] = ()


class TokenAnswer(BaseModel):
    """Keystone's answer to a login."""

    token: TokenBody


class ProjectsAnswer(BaseModel):
    """Keystone's answer to who works where."""

    projects: tuple[ProjectRef, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """A token, and what it opens."""

    token: SecretStr
    body: TokenBody


class Keystone:
    """One site's Keystone, as one account."""

    def __init__(self, session: Session, url: str, settings: Settings, secrets: Secrets) -> None:
        self._session = session
        self._url = url
        self._settings = settings
        self._secrets = secrets

    async def passes(self) -> list[Pass]:
        """One pass per project that is to be read. Raises `NeedsPerson` when there is none, or no way in."""
        first = await self._log_in()
        if first.body.project is not None:
            return [first]
        question = Question("Keystone's projects", f"{self._url}/auth/projects", headers=headers(first))
        answer = await self._session.model(question, ProjectsAnswer)
        wanted = self._settings.projects
        chosen = [one for one in answer.projects if one.enabled and (not wanted or {one.id, one.name} & set(wanted))]
        if lost := [name for name in wanted if not any(name in (one.id, one.name) for one in chosen)]:
            raise NeedsPerson(f"Our account does not work in {', '.join(lost)} at {place(self._url)}.")
        if not chosen:
            raise NeedsPerson(f"Our account works in no project at {place(self._url)}.")
        return [await self._scoped(first, one) for one in sorted(chosen, key=lambda one: one.id)]

    async def _log_in(self) -> Pass:
        secrets = self._secrets
        if secrets.application_credential_id and secrets.application_credential_secret:
            key = {
                "id": secrets.application_credential_id.get_secret_value(),
                "secret": secrets.application_credential_secret.get_secret_value(),
            }
            return await self._token({"methods": ["application_credential"], "application_credential": key}, None)
        if secrets.username and secrets.password:
            user = {
                "name": secrets.username.get_secret_value(),
                "domain": domain(self._settings.user_domain),
                "password": secrets.password.get_secret_value(),
            }
            return await self._token({"methods": ["password"], "password": {"user": user}}, {"unscoped": {}})
        if secrets.access_token or secrets.access_token_file:
            return await self._federated()
        raise NeedsPerson("Kept for this service must be username and password, an application credential or a token.")

    async def _federated(self) -> Pass:
        provider, protocol = self._settings.identity_provider, self._settings.protocol
        if not provider:
            raise NeedsPerson("A token needs `identity_provider` in the site's file: what Keystone calls its issuer.")
        token = await self._access_token()
        url = f"{self._url}/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth"
        question = Question("Keystone's login", url, method="POST", headers={"Authorization": f"Bearer {token}"})
        return await self._pass(question)

    async def _access_token(self) -> str:
        if self._secrets.access_token:
            return self._secrets.access_token.get_secret_value()
        path = self._secrets.access_token_file
        try:
            return (await asyncio.to_thread(Path(path.get_secret_value() if path else "").read_text, "ascii")).strip()
        except (OSError, UnicodeError):
            raise NeedsPerson("The file with the access token cannot be read.") from None

    async def _scoped(self, first: Pass, project: ProjectRef) -> Pass:
        identity = {"methods": ["token"], "token": {"id": first.token.get_secret_value()}}
        return await self._token(identity, {"project": {"id": project.id}})

    async def _token(self, identity: Json, scope: Json) -> Pass:
        auth = {"identity": identity} | ({"scope": scope} if scope else {})
        question = Question("Keystone's login", f"{self._url}/auth/tokens", method="POST", body={"auth": auth})
        return await self._pass(question)

    async def _pass(self, question: Question) -> Pass:
        answer = await self._session.ask(question)
        body = understood(question, answer.json(question), TokenAnswer).token
        token = answer.headers.get("X-Subject-Token")
        if not token:
            raise Transient(f"{question.what}: {place(self._url)} gives no token.")
        return Pass(SecretStr(token), body)


def headers(one: Pass) -> dict[str, str]:
    """How a pass is shown."""
    return {"X-Auth-Token": one.token.get_secret_value(), "Accept": "application/json"}


def region(body: TokenBody, wanted: str | None) -> str | None:
    """The region to read. Raises `NeedsPerson` if it is not there, or none is named and there are several."""
    endpoints = [endpoint for entry in body.catalog if entry.type in TYPES["compute"] for endpoint in entry.endpoints]
    there = sorted({name for endpoint in endpoints if (name := endpoint.region_id or endpoint.region)})
    if wanted is None and len(there) > 1:
        raise NeedsPerson(f"The site has several regions; name one of: {', '.join(there)}.")
    if wanted is not None and there and wanted not in there:
        raise NeedsPerson(f"The site has no region {wanted!r}; it has: {', '.join(there)}.")
    return wanted or (there[0] if there else None)


def endpoint(body: TokenBody, service: str, where: str | None, interface: str) -> str | None:
    """Where a service of a region is, without a slash at its end; `None` if the catalogue has no such service."""
    for kind in TYPES[service]:
        for entry in body.catalog:
            for one in entry.endpoints if entry.type == kind else ():
                if one.interface == interface and where in (None, one.region, one.region_id):
                    return one.url.rstrip("/")
    return None
