"""A small OpenStack for unit tests, and how it is read."""

import json
from collections.abc import Mapping

import httpx
from pydantic import SecretStr

from services.cmdb.adapters.discovery.client import Bounds, Client
from services.cmdb.adapters.discovery.openstack import open_discoverer
from services.cmdb.domain.discovered import Found, Target
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON

RECORDED = "http://127.0.0.1:25000"
PASSWORD = {"username": "demo", "password": "demo"}


async def read(
    transport: httpx.AsyncBaseTransport,
    credentials: Mapping[str, str] = PASSWORD,
    *,
    endpoint: str = RECORDED,
    region: str | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    **settings: Json,
) -> Found:
    target = Target(SiteId("cnaf"), ServiceId("nova"), "openstack", endpoint, region, settings)
    client = Client(lambda: NOON, bounds, transport=transport)
    return await open_discoverer(client).read(target, {name: SecretStr(value) for name, value in credentials.items()})


class Cloud(httpx.AsyncBaseTransport):
    """A small cloud. `answers` are by the end of the path and go before its own."""

    URL = "https://cloud.example:5000"

    def __init__(self, answers: Mapping[str, Json] | None = None, *, regions: tuple[str, ...] = ("r1",)) -> None:
        self.answers = dict(answers or {})
        self.regions = regions
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        end = next((end for end in self.answers if request.url.path.endswith(end)), None)
        said = self.answers[end](request) if end and callable(self.answers[end]) else self._said(request, end)
        if isinstance(said, int):
            return httpx.Response(said, stream=httpx.ByteStream(b"no"))
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        return httpx.Response(200, headers={"X-Subject-Token": "t"}, stream=httpx.ByteStream(content))

    def _said(self, request: httpx.Request, end: str | None) -> Json:
        if end:
            return self.answers[end]
        match request.url.path.rpartition("/")[2]:
            case "tokens":
                return self._token(request)
            case "projects":
                return {"projects": [{"id": "p1", "name": "one"}]}
            case "detail":
                return {"flavors": [{"id": "f1", "name": "small", "vcpus": 1, "ram": 1024, "extra_specs": {}}]}
            case "images":
                return {"images": [{"id": "i1", "name": "debian", "status": "active"}]}
            case "networks":
                return {"networks": [{"id": "n1", "name": "ext", "router:external": True}]}
            case "subnets":
                return {"subnets": []}
            case _:
                return 404

    def _token(self, request: httpx.Request) -> Json:
        if "scope" in request.content.decode() and "unscoped" in request.content.decode():
            return {"token": {}}
        endpoints = [
            {"interface": "public", "url": f"https://cloud.example/{region}", "region_id": region}
            for region in self.regions
        ]
        catalog = [{"type": kind, "endpoints": endpoints} for kind in ("compute", "image", "network")]
        return {"token": {"project": {"id": "p1", "name": "one"}, "catalog": catalog}}


async def ask(cloud: Cloud, **settings: Json) -> Found:
    return await read(cloud, endpoint=Cloud.URL, **settings)
