"""OpenStack is played by httpx's own transport, as its documentation has it: no socket is opened."""

import json
from dataclasses import dataclass, field

import httpx
import pytest

from services.monitoring.adapters.collectors import openstack
from services.monitoring.adapters.lifecycle.probing import Prober
from shared.contracts.topology import Json
from shared.failures import Transient
from tests.unit.monitoring.probed import QUICK, SECOND, look, target, well


@dataclass
class PlayedNova:
    """Keystone, Nova, Neutron and Glance as far as one machine needs them. Shapes: OpenStack's API reference."""

    servers: dict[str, Json] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    booted: list[Json] = field(default_factory=list)
    outcome: str = "ACTIVE"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url}")
        path = request.url.path
        if path.endswith("/auth/tokens"):
            return self._login(json.loads(request.content))
        if request.headers.get("X-Auth-Token") != "t0ken":
            return httpx.Response(401, json={"error": {"message": "no token"}})
        if path == "/v2/images":
            return httpx.Response(200, json={"images": [{"id": "cirros", "status": "active"}]})
        if path == "/v2.0/networks":
            networks = [{"id": "everybody", "shared": True}, {"id": "own", "shared": False}]
            return httpx.Response(200, json={"networks": networks})
        if path == "/v2.1/flavors/detail":
            sizes = (("big", 8, 8192, 80), ("small", 1, 512, 5), ("tiny", 1, 64, 0))
            flavors = [{"id": name, "vcpus": cpus, "ram": ram, "disk": disk} for name, cpus, ram, disk in sizes]
            return httpx.Response(200, json={"flavors": flavors})
        return self._server(request, path.removeprefix("/v2.1/servers").strip("/"))

    def _login(self, body: Json) -> httpx.Response:
        user = body["auth"]["identity"]["password"]["user"]
        if user["password"] != "right":
            return httpx.Response(401, json={"error": {"code": 401, "title": "Unauthorized"}})
        ports = {"compute": "8774/v2.1", "network": "9696", "image": "9292"}
        catalog = [
            {
                "type": kind,
                "endpoints": [
                    {"interface": "internal", "region_id": "north", "url": "http://inside/"},
                    {"interface": "public", "region_id": "south", "url": "http://elsewhere/"},
                    {"interface": "public", "region_id": "north", "url": f"http://bari.example.org:{port}"},
                ],
            }
            for kind, port in ports.items()
        ]
        return httpx.Response(201, headers={"X-Subject-Token": "t0ken"}, json={"token": {"catalog": catalog}})

    def _server(self, request: httpx.Request, path: str) -> httpx.Response:
        if request.method == "POST":
            self.booted.append(json.loads(request.content)["server"])
            self.servers["s-1"] = {"id": "s-1", "status": "BUILD", "metadata": self.booted[-1]["metadata"]}
            return httpx.Response(202, json={"server": {"id": "s-1"}})
        if path == "detail":
            return httpx.Response(200, json={"servers": list(self.servers.values())})
        if path not in self.servers:
            return httpx.Response(404, json={"itemNotFound": {"code": 404, "message": "Instance could not be found."}})
        if request.method == "DELETE":
            del self.servers[path]
            return httpx.Response(204)
        found = dict(self.servers[path])
        self.servers[path]["status"] = self.outcome
        self.servers[path]["fault"] = {"message": "No valid host was found."}
        return httpx.Response(200, json={"server": found})


def nova(played: PlayedNova, password: str = "right") -> Prober:
    account = {"username": "probe", "password": password, "project": "ops"}
    settings = {**QUICK, "accounts": json.dumps({"bari": account})}
    return openstack.open_collector(settings, timeout=SECOND, transport=httpx.MockTransport(played))


NOVA = target("org.openstack.nova", endpoint="http://bari.example.org:5000/v3", region="north")


async def test_openstack_boots_its_smallest_machine_in_the_projects_own_network() -> None:
    played = PlayedNova()
    assert well(await look(nova(played), NOVA)) == [("create", 202), ("run", 200), ("delete", 204)]
    [booted] = played.booted
    assert (booted["flavorRef"], booted["imageRef"], booted["networks"]) == ("tiny", "cirros", [{"uuid": "own"}])
    assert not played.servers


async def test_openstack_takes_what_the_sites_file_names() -> None:
    played = PlayedNova()
    entries = {"openstack": {"flavour": "big", "image": "mine", "network": "n"}}
    well(await look(nova(played), NOVA.model_copy(update={"entries": entries})))
    [booted] = played.booted
    assert (booted["flavorRef"], booted["imageRef"], booted["networks"]) == ("big", "mine", [{"uuid": "n"}])


async def test_openstack_considers_only_the_flavours_a_site_offers() -> None:
    played = PlayedNova()
    well(await look(nova(played), NOVA.model_copy(update={"flavours": ("big", "small")})))
    assert played.booted[0]["flavorRef"] == "small"


async def test_openstack_removes_only_what_carries_our_label() -> None:
    played = PlayedNova(servers={"users": {"id": "users", "metadata": {"corale-probe": "somebody else's"}}})
    well(await look(nova(played), NOVA))
    assert list(played.servers) == ["users"]


async def test_a_machine_that_ends_in_error_tells_why_and_is_removed() -> None:
    played = PlayedNova(outcome="ERROR")
    sight = await look(nova(played), NOVA)
    assert sight is not None
    assert sight.available is False
    assert "No valid host was found." in sight.sentence
    assert [(step.name, step.well) for step in sight.steps] == [("create", True), ("run", False), ("delete", True)]
    assert not played.servers


async def test_a_wrong_password_says_nothing_of_the_site_and_is_in_no_sentence() -> None:
    with pytest.raises(Transient) as refused:
        await look(nova(PlayedNova(), password="s3cret"), NOVA)
    assert "s3cret" not in str(refused.value)
