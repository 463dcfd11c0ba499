"""A played OpenStack of two projects: Keystone, Nova, Cinder and Neutron answer as their API references say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from services.monitoring.adapters.collectors.usage.collector import Usage
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.sites import ProjectUsage, Quantities
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId
from shared.failures import Transient

URL = "https://cloud.example.org:5000/v3"
NOVA, CINDER, NEUTRON = "http://nova.example.org/v2.1", "http://cinder.example.org/v3/p", "http://neutron.example.org"
PROJECTS = {"aaa": "corale", "bbb": "other"}
PASSWORD = Login(username="monitor", password=SecretStr("pw"))
APPLICATION = Login(application="app1", secret=SecretStr("s3cret"))
LIMITS: dict[str, dict[str, int]] = {
    "aaa": {"maxTotalCores": 20, "totalCoresUsed": 4, "maxTotalRAMSize": 51200, "totalRAMUsed": 8192},
    "bbb": {"maxTotalCores": -1, "totalCoresUsed": 7, "maxTotalInstances": 10, "totalInstancesUsed": 0},
}
VOLUMES = {"maxTotalVolumes": 10, "totalVolumesUsed": 2, "maxTotalVolumeGigabytes": 1000, "totalGigabytesUsed": 55}


def endpoint(kind: str, url: str, region: str = "RegionOne") -> dict[str, Json]:
    inside = {"interface": "internal", "region": region, "region_id": region, "url": "http://10.0.0.1/"}
    return {"type": kind, "endpoints": [inside, {**inside, "interface": "public", "url": url}]}


@dataclass
class Cloud:
    """An OpenStack that knows one account and one application credential."""

    catalogue: list[dict[str, Json]] = field(
        default_factory=lambda: [
            endpoint("compute", NOVA),
            endpoint("volumev3", CINDER),
            endpoint("network", NEUTRON),
        ]
    )
    broken: Mapping[str, httpx.Response] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        place = str(request.url)
        for part, response in self.broken.items():
            if part in place:
                return response
        if place == f"{URL}/auth/tokens":
            return self.enter(json.loads(request.content)["auth"])
        project = request.headers["X-Auth-Token"].removeprefix("token-")
        if place == f"{URL}/auth/projects":
            assert project == "unscoped"
            rows = [{"id": id, "name": name, "enabled": True} for id, name in PROJECTS.items()]
            return httpx.Response(200, json={"projects": rows})
        if place == f"{NOVA}/limits":
            return httpx.Response(200, json={"limits": {"rate": [], "absolute": LIMITS[project]}})
        if place == f"{CINDER}/limits":
            return httpx.Response(200, json={"limits": {"rate": [], "absolute": VOLUMES}})
        assert place == f"{NEUTRON}/v2.0/quotas/{project}/details.json"
        addresses = {"limit": 50, "used": 3, "reserved": 0}
        return httpx.Response(200, json={"quota": {"floatingip": addresses, "network": addresses}})

    def enter(self, auth: dict[str, Json]) -> httpx.Response:
        match auth:
            case {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": "unscoped"}:
                known = {"name": "monitor", "domain": {"name": "Default"}, "password": "pw"}
                return self.token(None) if user == known else self.refusal()
            case {"identity": {"methods": ["application_credential"], "application_credential": given}}:
                assert "scope" not in auth
                return self.token("aaa") if given == {"id": "app1", "secret": "s3cret"} else self.refusal()
            case {"identity": {"methods": ["token"], "token": {"id": "token-unscoped"}}, "scope": scope}:
                return self.token(scope["project"]["id"])
            case _:
                raise AssertionError(auth)

    def token(self, project: str | None) -> httpx.Response:
        body: dict[str, Json] = {"methods": ["password"]}
        if project is not None:
            body |= {"project": {"id": project, "name": PROJECTS[project]}, "catalog": self.catalogue}
        return httpx.Response(201, json={"token": body}, headers={"X-Subject-Token": f"token-{project or 'unscoped'}"})

    def refusal(self) -> httpx.Response:
        error = {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}
        return httpx.Response(401, json={"error": error})


async def look(
    cloud: Cloud, *projects: str, login: Login | None = PASSWORD, url: str = URL, region: str | None = None
) -> Sight:
    asking = Asking(timedelta(seconds=1), transport=httpx.MockTransport(cloud))
    usage = Usage(asking, Access(credentials={} if login is None else {url: login}), timedelta(seconds=1))
    entries = {"usage": {"kind": "openstack"}}
    target = Target(service=ServiceId("nova"), url="", endpoint=url, projects=projects, region=region, entries=entries)
    try:
        sight = await usage.collect(target)
    finally:
        await usage.close()
    assert sight is not None
    return sight


CORALE = ProjectUsage(
    project="corale",
    used=Quantities(cpus=4, memory=8192, volumes=2, disk=55, public_addresses=3),
    quota=Quantities(cpus=20, memory=51200, volumes=10, disk=1000, public_addresses=50),
)


@pytest.mark.parametrize("login", [PASSWORD, APPLICATION])
@pytest.mark.parametrize("url", [URL, URL.removesuffix("/v3")])
async def test_a_project_is_counted_by_nova_cinder_and_neutron(login: Login, url: str) -> None:
    sight = await look(Cloud(), "corale", login=login, url=url)
    assert sight.projects == (CORALE,)
    assert sight.used == CORALE.used
    assert sight.available is None
    assert sight.sentence == "Usage of 1 project is known."
    assert sight.source == url


async def test_unlimited_is_absent_zero_is_zero_and_what_one_project_does_not_say_has_no_sum() -> None:
    sight = await look(Cloud())
    other = sight.projects[1]
    assert other.project == "other"
    assert other.quota.cpus is None
    assert other.used.instances == 0
    assert other.used.memory is None
    assert sight.used == Quantities(cpus=11, volumes=4, disk=110, public_addresses=6)


async def test_a_project_is_called_what_its_site_calls_it() -> None:
    assert [one.project for one in (await look(Cloud(), "aaa")).projects] == ["aaa"]


async def test_a_project_that_we_may_not_enter_is_told() -> None:
    sight = await look(Cloud(), "corale", "secret")
    assert sight.projects == (CORALE,)
    assert "we are not let into a project secret" in sight.sentence
    with pytest.raises(Transient, match="we are not let into a project secret"):
        await look(Cloud(), "secret")


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (httpx.Response(503, html="down"), "corale: cinder.example.org answers with what is no JSON"),
        (httpx.Response(403, json={"forbidden": {"code": 403, "message": "Policy."}}), "is refused: 403 Policy."),
        (httpx.Response(302, headers={"Location": "/"}), "redirect"),
    ],
)
async def test_a_service_that_does_not_answer_costs_its_own_amounts_only(response: httpx.Response, why: str) -> None:
    sight = await look(Cloud(broken={"cinder": response}), "corale")
    assert sight.projects[0].used == CORALE.used.model_copy(update={"volumes": None, "disk": None})
    assert why in sight.sentence


@pytest.mark.parametrize("body", [{}, [], {"limits": []}, {"limits": {"absolute": {"maxTotalCores": "many"}}}])
async def test_limits_that_say_nothing_are_absent(body: Json) -> None:
    sight = await look(Cloud(broken={"nova": httpx.Response(200, json=body)}), "corale")
    assert sight.projects[0].used.cpus is None
    assert sight.projects[0].quota.cpus is None


async def test_a_catalogue_of_several_regions_needs_the_region_of_the_service() -> None:
    two = [endpoint("compute", NOVA, "south"), endpoint("compute", "http://north.example.org", "north")]
    merged = {"type": "compute", "endpoints": [*two[0]["endpoints"], *two[1]["endpoints"]]}
    with pytest.raises(Transient, match="2 public addresses of compute, where one is meant"):
        await look(Cloud(catalogue=[merged]), "corale")
    sight = await look(Cloud(catalogue=[merged]), "corale", region="south")
    assert sight.projects[0].used == Quantities(cpus=4, memory=8192)
    assert "0 public addresses of network in region south" in sight.sentence


async def test_a_login_that_is_refused_and_none_at_all_are_told() -> None:
    with pytest.raises(Transient, match="Keystone does not let us in: 401 The request you have made requires"):
        await look(Cloud(), login=Login(username="monitor", password=SecretStr("old")))
    with pytest.raises(Transient, match="no credentials for https://cloud"):
        await look(Cloud(), login=None)


async def test_no_secret_is_in_what_is_told() -> None:
    sight = await look(Cloud(broken={"nova": httpx.Response(403, json={})}), "corale")
    assert "token-" not in repr(sight)
