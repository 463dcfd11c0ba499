"""Probes Kubernetes: a pod that sleeps. Where the operator has an account for the site."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

import httpx
from pydantic import Field
from pydantic import Json as FromJson

from services.monitoring.adapters.lifecycle.accounts import TokenAccount
from services.monitoring.adapters.lifecycle.course import Made, State
from services.monitoring.adapters.lifecycle.probing import HOURLY, ProbeEntry, Prober, ProbeSettings, account_of
from services.monitoring.adapters.lifecycle.web import Web
from services.monitoring.domain.watched import Target
from shared.contracts.topology import Json

NAME = "kubernetes"
PACE = HOURLY
TYPES = ("eu.deep.kubernetes", NAME)
LABEL = "corale-probe"
PHASES = {"Running": True, "Succeeded": True, "Failed": False}


class Entry(ProbeEntry):
    """`namespace` is where the pod is made, if not where the account says."""

    namespace: str | None = None


class KubernetesAccount(TokenAccount):
    """Who we are, and the namespace in which we may make pods."""

    namespace: str = "default"


class Settings(ProbeSettings):
    """`accounts` is JSON: `site/service`, `site` or `*` → an account. `image` is the container's."""

    accounts: FromJson[dict[str, KubernetesAccount]] = Field(default_factory=dict)
    image: str = "busybox"


class Kubernetes:
    """`course.Remote` on Kubernetes' API. A pod has the name we give it, so the mark is its id."""

    def __init__(self, web: Web, pods: str, mark: str, account: KubernetesAccount, image: str) -> None:
        self._web = web
        self._pods = pods
        self._mark = mark
        self._headers = account.headers
        self._image = image

    async def open(self) -> None:
        """Every request says who we are."""

    async def left(self) -> list[str]:
        answer = await self._web.ask("GET", f"{self._pods}?labelSelector={LABEL}%3D{self._mark}", headers=self._headers)
        return [str(pod["metadata"]["name"]) for pod in answer.body["items"]]

    async def create(self) -> Made:
        answer = await self._web.ask("POST", self._pods, headers=self._headers, json=self._pod())
        return Made(str(answer.body["metadata"]["name"]), answer.status)

    async def look(self, thing: str) -> State:
        answer = await self._web.ask("GET", f"{self._pods}/{quote(thing, safe='')}", headers=self._headers)
        status = answer.body["status"]
        return State(PHASES.get(status.get("phase")), answer.status, str(status.get("message", "")))

    async def delete(self, thing: str) -> int:
        url = f"{self._pods}/{quote(thing, safe='')}?gracePeriodSeconds=0"
        return (await self._web.ask("DELETE", url, headers=self._headers, fine=(404,))).status

    async def there(self, thing: str) -> bool:
        answer = await self._web.ask("GET", f"{self._pods}/{quote(thing, safe='')}", headers=self._headers, fine=(404,))
        return answer.status != httpx.codes.NOT_FOUND

    def _pod(self) -> Json:
        limits = {"cpu": "100m", "memory": "32Mi"}
        container = {"name": "probe", "image": self._image, "command": ["sleep", "600"]}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": self._mark, "labels": {LABEL: self._mark}},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "activeDeadlineSeconds": 600,
                "containers": [{**container, "resources": {"requests": limits, "limits": limits}}],
            },
        }


def open_collector(
    settings: Mapping[str, str], *, timeout: timedelta, transport: httpx.AsyncBaseTransport | None = None
) -> Prober:
    """See `ports.OpenCollector`."""
    said = Settings.model_validate(dict(settings))

    def remote(web: Web, target: Target, mark: str) -> Kubernetes | None:
        account = account_of(said.accounts, target) if target.type in TYPES else None
        if account is None:
            return None
        entry = Entry.model_validate(target.entries.get(NAME, {}))
        namespace = quote(entry.namespace or account.namespace, safe="")
        pods = f"{target.endpoint.rstrip('/')}/api/v1/namespaces/{namespace}/pods"
        return Kubernetes(web, pods, mark, account, said.image)

    return Prober(NAME, said, remote, timeout=timeout, transport=transport)
