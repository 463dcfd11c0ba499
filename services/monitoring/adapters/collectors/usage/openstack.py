"""Limits of OpenStack projects: Keystone lets us in project by project, Nova, Cinder and Neutron count."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from pydantic import SecretStr

from services.monitoring.adapters.collectors.usage.amounts import amount, quantities
from services.monitoring.adapters.collectors.usage.projects import Asked, Counted, each
from services.monitoring.adapters.reading.access import Login
from services.monitoring.adapters.reading.answers import Answer, Asking, Question, mapping, rows, shown
from shared.contracts.sites import ProjectUsage
from shared.contracts.topology import Json
from shared.failures import Transient

VERSION = "/v3"
COMPUTE, VOLUMES, NETWORK = ("compute",), ("block-storage", "volumev3", "volume"), ("network",)
LIMITS: Mapping[str, tuple[str, str]] = {
    "cpus": ("totalCoresUsed", "maxTotalCores"),
    "memory": ("totalRAMUsed", "maxTotalRAMSize"),
    "instances": ("totalInstancesUsed", "maxTotalInstances"),
    "volumes": ("totalVolumesUsed", "maxTotalVolumes"),
    "disk": ("totalGigabytesUsed", "maxTotalVolumeGigabytes"),
}
"""Quantity → what is used and what is allowed, among the absolute limits of Nova and Cinder (MiB and GiB)."""


Amounts = dict[str, tuple[float | None, float | None]]


class Scope(NamedTuple):
    """A token for one project, and where its services are."""

    project: str
    name: str
    token: SecretStr
    catalogue: Json


async def count(asking: Asking, asked: Asked) -> Counted:
    """The projects that are asked for and that we may enter. Raises `Transient` if Keystone does not let us in."""
    cloud = _Cloud(asking, asked)
    entered = await cloud.enter()
    answers = await each([scope for scope in entered if isinstance(scope, Scope)], cloud.usage, asked.deadline)
    counted = [answer for answer in answers if not isinstance(answer, Transient)]
    problems = [str(one) for one in (*entered, *answers) if isinstance(one, Transient)]
    problems += [problem for one in counted for problem in one.problems]
    named = {name for scope in entered if isinstance(scope, Scope) for name in (scope.project, scope.name)}
    problems += [f"we are not let into a project {name}" for name in asked.projects if name not in named]
    return Counted(tuple(usage for one in counted for usage in one.projects), problems)


class _Cloud:
    """One OpenStack, as one account, for one look."""

    def __init__(self, asking: Asking, asked: Asked) -> None:
        self._asking = asking
        self._asked = asked
        self._keystone = asked.url if asked.url.endswith(VERSION) else asked.url + VERSION

    async def enter(self) -> list[Scope | Transient]:
        """A scope for each project that is asked for and that we have."""
        login, wanted = self._asked.login, self._asked.projects
        first = await self._token(identity(login), scope="unscoped" if login.application is None else None)
        if login.application is not None:
            return [_scope(first, wanted)]
        listed = await self._get(f"{self._keystone}/auth/projects", _ticket(first))
        ours = [row for row in rows(listed.get("projects")) if row.get("enabled", True)]
        chosen = [row for row in ours if not wanted or row.get("id") in wanted or row.get("name") in wanted]

        async def rescoped(row: dict[str, Json]) -> Scope:
            by_token = {"methods": ["token"], "token": {"id": _ticket(first).get_secret_value()}}
            return _scope(await self._token(by_token, scope={"project": {"id": row.get("id")}}), wanted)

        return await each(chosen, rescoped, self._asked.deadline)

    async def usage(self, scope: Scope) -> Counted:
        """What the services of one project tell; one that does not is a problem and its amounts are absent."""
        answers = await each((self._nova, self._cinder, self._neutron), lambda part: part(scope), self._asked.deadline)
        told = [answer for answer in answers if not isinstance(answer, Transient)]
        problems = [f"{scope.name}: {answer}" for answer in answers if isinstance(answer, Transient)]
        used = {name: amount for part in told for name, (amount, _) in part.items()}
        quota = {name: amount for part in told for name, (_, amount) in part.items()}
        usage = ProjectUsage(project=scope.name, used=quantities(used), quota=quantities(quota))
        return Counted((usage,) if told else (), problems)

    async def _nova(self, scope: Scope) -> Amounts:
        return await self._limits(scope, COMPUTE)

    async def _cinder(self, scope: Scope) -> Amounts:
        return await self._limits(scope, VOLUMES)

    async def _neutron(self, scope: Scope) -> Amounts:
        neutron = self._endpoint(scope, NETWORK).removesuffix("/v2.0")
        project = quote(scope.project, safe="", errors="replace")
        answer = await self._get(f"{neutron}/v2.0/quotas/{project}/details.json", scope.token)
        told = mapping(answer, "quota", "floatingip")
        return {"public_addresses": (amount(told.get("used")), amount(told.get("limit")))}

    async def _limits(self, scope: Scope, types: tuple[str, ...]) -> Amounts:
        told = mapping(await self._get(f"{self._endpoint(scope, types)}/limits", scope.token), "limits", "absolute")
        return {
            name: (amount(told.get(used)), amount(told.get(allowed)))
            for name, (used, allowed) in LIMITS.items()
            if used in told or allowed in told
        }

    async def _token(self, identity: dict[str, Json], scope: Json) -> Answer:
        body = {"auth": {"identity": identity, **({} if scope is None else {"scope": scope})}}
        answer = await self._asking.ask(Question(f"{self._keystone}/auth/tokens", "POST", body=body))
        if not answer.ok or "X-Subject-Token" not in answer.headers:
            raise Transient(f"Keystone does not let us in: {answer.status} {_reason(answer)}")
        return answer

    async def _get(self, url: str, ticket: SecretStr) -> dict[str, Json]:
        answer = await self._asking.ask(Question(url, headers={"X-Auth-Token": ticket.get_secret_value()}))
        if not answer.ok:
            raise Transient(f"{shown(url)} is refused: {answer.status} {_reason(answer)}")
        return answer.mapping()

    def _endpoint(self, scope: Scope, types: tuple[str, ...]) -> str:
        services = [row for kind in types for row in rows(scope.catalogue) if row.get("type") == kind]
        public = (
            [row for row in rows(services[0].get("endpoints")) if row.get("interface") == "public"] if services else []
        )
        region = self._asked.region
        here = [row for row in public if region in (None, row.get("region_id"), row.get("region"))]
        urls = {str(row.get("url")).rstrip("/") for row in here}
        if len(urls) != 1:
            where = f" in region {region}" if region else ""
            raise Transient(f"the catalogue has {len(urls)} public addresses of {types[0]}{where}, where one is meant")
        return urls.pop()


def identity(login: Login) -> dict[str, Json]:
    """How Keystone is told who asks."""
    if login.application is not None:
        secret = login.secret.get_secret_value() if login.secret else ""
        return {
            "methods": ["application_credential"],
            "application_credential": {"id": login.application, "secret": secret},
        }
    password = login.password.get_secret_value() if login.password else ""
    user = {"name": login.username or "", "domain": {"name": login.domain}, "password": password}
    return {"methods": ["password"], "password": {"user": user}}


def _scope(entered: Answer, wanted: tuple[str, ...]) -> Scope:
    token = entered.mapping("token")
    project = mapping(token.get("project"))
    id, name = str(project.get("id", "")), str(project.get("name", ""))
    if not id:
        raise Transient("Keystone lets us in, but not to a project")
    return Scope(id, shown(id if id in wanted or not name else name), _ticket(entered), token.get("catalog"))


def _ticket(answer: Answer) -> SecretStr:
    return SecretStr(answer.headers["X-Subject-Token"])


def _reason(answer: Answer) -> str:
    """OpenStack's services put their reason one level down, each under a name of its own."""
    said = answer.mapping()
    inner = next((mapping(value) for value in said.values() if isinstance(value, dict)), said)
    return shown(inner.get("message") or inner.get("title") or "without a reason")
