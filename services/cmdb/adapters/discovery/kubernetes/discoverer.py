"""One reading of a cluster."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, SecretStr

from services.cmdb.adapters.discovery.client import Absent, Client, Forbidden, Question, Session, place
from services.cmdb.adapters.discovery.kubernetes.answers import Node, Page, ResourceQuota, StorageClass
from services.cmdb.adapters.discovery.kubernetes.quantities import gigabytes, gpus, is_gpu, megabytes
from services.cmdb.adapters.discovery.setup import STRICT, set_up
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.failures import Failure, NeedsPerson, Transient

PAGE = "500"
SYSTEM = "kube-"
REQUESTS = "requests."
"""A quota on what pods request is written with this or, for CPUs and memory, without."""
UNITS: Mapping[str, tuple[str, Callable[[Decimal], Json]]] = {
    "cpu": ("cpus", float),
    "memory": ("memory", megabytes),
    "pods": ("instances", int),
    "storage": ("disk", gigabytes),
    "persistentvolumeclaims": ("volumes", int),
}
T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")


class Settings(BaseModel):
    """What a site's file says beside `kind: kubernetes`. Namespaces named: only they become projects."""

    model_config = STRICT

    ca_file: str | None = None
    namespaces: tuple[str, ...] = ()


class Secrets(BaseModel):
    """What the operator keeps: a token, or a file that something else keeps fresh."""

    model_config = STRICT

    token: SecretStr | None = None
    token_file: SecretStr | None = None


class Kubernetes:
    """See `ports.Discoverer`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def read(self, target: Target, credentials: Mapping[str, SecretStr]) -> Found:
        settings, secrets = set_up(target, credentials, Settings, Secrets)
        headers = {"Authorization": f"Bearer {await _token(secrets)}", "Accept": "application/json"}
        async with self._client.open(settings.ca_file) as session:
            cluster = Cluster(session, target.endpoint.rstrip("/"), headers)
            nodes, classes, quotas = await asyncio.gather(
                _tried(cluster.nodes()), _tried(cluster.storage_classes()), _tried(cluster.quotas())
            )
        if isinstance(nodes, Failure):
            raise nodes
        return _found(nodes, classes, quotas, settings)


class Cluster:
    """The lists of one API server."""

    def __init__(self, session: Session, url: str, headers: Mapping[str, str]) -> None:
        self._session = session
        self._url = url
        self._headers = headers

    async def nodes(self) -> list[Node]:
        """All nodes."""
        return await self._all("nodes", "/api/v1/nodes", Page[Node])

    async def storage_classes(self) -> list[StorageClass] | None:
        """All storage classes; `None` if they are not for us."""
        try:
            return await self._all("storage classes", "/apis/storage.k8s.io/v1/storageclasses", Page[StorageClass])
        except (Forbidden, Absent):
            return None

    async def quotas(self) -> list[ResourceQuota] | None:
        """The resource quotas of all namespaces; `None` if they are not for us."""
        try:
            return await self._all("resource quotas", "/api/v1/resourcequotas", Page[ResourceQuota])
        except (Forbidden, Absent):
            return None

    async def _all(self, what: str, path: str, kind: type[Page[T]]) -> list[T]:
        found: list[T] = []
        onward = ""
        for _ in range(self._session.bounds.pages):
            params = {"limit": PAGE} | ({"continue": onward} if onward else {})
            question = Question(f"The cluster's {what}", self._url + path, headers=self._headers, params=params)
            page = await self._session.model(question, kind)
            found += page.items or ()
            if page.metadata.onward in ("", onward):
                return found
            onward = page.metadata.onward
        raise Transient(
            f"The cluster's {what} at {place(self._url)} have more than {self._session.bounds.pages} pages."
        )


async def _token(secrets: Secrets) -> str:
    if secrets.token:
        return secrets.token.get_secret_value()
    if not secrets.token_file:
        raise NeedsPerson("Kept for this service must be a token, or the name of a file with one.")
    try:
        path = Path(secrets.token_file.get_secret_value())
        return (await asyncio.to_thread(path.read_text, "ascii")).strip()
    except (OSError, UnicodeError):
        raise NeedsPerson("The file with the token cannot be read.") from None


async def _tried(reading: Awaitable[R]) -> R | Failure:
    try:
        return await reading
    except Failure as failure:
        return failure


def _found(
    nodes: Sequence[Node],
    classes: Sequence[StorageClass] | Failure | None,
    quotas: Sequence[ResourceQuota] | Failure | None,
    settings: Settings,
) -> Found:
    capacity = _sum([node.status.allocatable for node in nodes if node.takes_work])
    count = gpus(capacity)
    document: dict[str, Json] = {"quota": {**_amounts(capacity), "gpus": count}, "gpu_support": count > 0}
    unread: dict[str, str] = {}
    if isinstance(classes, Failure):
        unread["volume_types"] = str(classes)
    elif classes is not None:
        document["volume_types"] = [{"name": name} for name in sorted(one.metadata.name for one in classes)]
    if isinstance(quotas, Failure):
        unread["projects"] = str(quotas)
    elif quotas is not None:
        document["projects"] = _projects(quotas, settings.namespaces)
    return Found(document, unread)


def _sum(resources: Sequence[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    names = sorted({name for one in resources for name in one})
    return {name: sum((one.get(name, Decimal()) for one in resources), Decimal()) for name in names}


def _projects(quotas: Sequence[ResourceQuota], wanted: Sequence[str]) -> list[dict[str, Json]]:
    """Namespaces with their quotas: of several the smallest counts, as the API server lets all of them count."""
    by_namespace: dict[str, dict[str, Decimal]] = {name: {} for name in wanted}
    for one in quotas:
        namespace = one.metadata.namespace
        if namespace not in by_namespace and (wanted or not namespace or namespace.startswith(SYSTEM)):
            continue
        hard = by_namespace.setdefault(namespace, {})
        for name, limit in one.spec.hard.items():
            plain = name.removeprefix(REQUESTS)
            hard[plain] = min(limit, hard.get(plain, limit))
    return [{"id": name, "name": name, "quota": _amounts(hard)} for name, hard in sorted(by_namespace.items())]


def _amounts(resources: Mapping[str, Decimal]) -> dict[str, Json]:
    """In the wire's units; what is not there is not said."""
    amounts: dict[str, Json] = {
        field: turn(resources[name]) for name, (field, turn) in UNITS.items() if name in resources
    }
    if any(is_gpu(name) for name in resources):
        amounts["gpus"] = gpus(resources)
    return amounts
