"""Reading an OpenStack: as real ones answered (see `recorded/`), and as clouds in trouble or of another age answer."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.cmdb.adapters.discovery.client import Bounds
from services.cmdb.domain.discovered import Found
from shared.contracts.sites import OfferedService
from shared.contracts.topology import Json
from shared.failures import Failure, NeedsPerson, Transient
from tests.unit.cmdb.clouds import PASSWORD, RECORDED, Cloud, ask, read
from tests.unit.cmdb.recordings import Replay


def by_name(found: Found, field: str) -> dict[str, Json]:
    return {thing["name"]: thing for thing in found.document[field]}


async def test_a_real_openstack_is_read_whole() -> None:
    found = await read(Replay("openstack"))
    assert not found.unread
    flavours = by_name(found, "flavours")
    assert flavours["m1.medium"] == {
        "id": "2", "name": "m1.medium", "cpus": 2, "memory": 4096, "disk": 40, "gpus": 0, "infiniband": False,
    }  # fmt: skip
    gpu = flavours["gpu.a100"]
    assert (gpu["gpus"], gpu["gpu_vendor"], gpu["gpu_model"]) == (2, "NVIDIA", "A100")
    sliced = flavours["gpu.vgpu"]
    assert (sliced["gpus"], sliced["gpu_vendor"], sliced["gpu_model"]) == (1, "NVIDIA", "A40-8Q")
    assert flavours["hpc.ib"]["infiniband"] is True
    (image,) = found.document["images"]
    assert {name: image[name] for name in ("name", "distribution", "version", "architecture", "type", "user")} == {
        "name": "ubuntu-22.04", "distribution": "ubuntu", "version": "22.04", "architecture": "x86_64",
        "type": "linux", "user": "ubuntu",
    }  # fmt: skip
    assert (image["gpu_driver"], image["cuda_support"], image["cuda_version"]) == (True, True, "12.2")
    networks = by_name(found, "networks")
    assert (networks["public"]["kind"], networks["public"]["cidr"]) == ("public", "127.2.0.0/24")
    assert (networks["private"]["kind"], networks["private"]["cidr"]) == ("private", "10.10.0.0/24")
    assert {"name": "ceph-hdd"} in found.document["volume_types"]


async def test_quotas_of_a_real_project_are_read_and_unlimited_ones_are_absent() -> None:
    found = await read(Replay("openstack"))
    quota = {"cpus": 20, "instances": 10, "disk": 1000, "volumes": 10, "public_addresses": 50}
    assert found.document["quota"] == quota
    (project,) = found.document["projects"]
    assert (project["name"], project["quota"]) == ("demo", quota)


async def test_what_was_read_is_a_service_of_the_wire() -> None:
    found = await read(Replay("openstack"))
    service = {"id": "nova", "type": "t", "backend": "im", "kinds": [], "endpoint": RECORDED, **found.document}
    assert len(OfferedService.model_validate(service).flavours) == 7


async def test_several_projects_are_read_together_and_what_one_does_not_see_is_said() -> None:
    admin = {"username": "admin", "password": "admin"}
    found = await read(Replay("openstack_two_projects"), admin, projects=["admin", "demo"])
    projects = by_name(found, "projects")
    public = by_name(found, "networks")["public"]["id"]
    assert sorted(projects) == ["admin", "demo"]
    assert projects["admin"]["networks"] == [public]
    assert "networks" not in projects["demo"]
    assert projects["admin"]["quota"]["memory"] == 51200
    assert len(found.document["networks"]) == 2
    assert "quota" not in found.document


@pytest.mark.parametrize(
    ("recording", "credentials", "settings"),
    [
        (
            "openstack_application_credential",
            {"application_credential_id": "i", "application_credential_secret": "s"},
            {},
        ),
        ("openstack_access_token", {"access_token": "t"}, {"identity_provider": "egi.eu"}),
    ],
)
async def test_the_other_ways_in_lead_to_the_same(
    recording: str, credentials: dict[str, str], settings: dict[str, Json]
) -> None:
    found = await read(Replay(recording), credentials, **settings)
    assert found.document["flavours"] == (await read(Replay("openstack"))).document["flavours"]
    assert not found.unread


async def test_reading_twice_says_the_same() -> None:
    assert await read(Replay("openstack")) == await read(Replay("openstack"))


async def test_a_wrong_password_is_a_sentence_without_it() -> None:
    with pytest.raises(NeedsPerson, match=r"does not take our credentials \(status 401\)") as caught:
        await read(Replay("openstack_wrong_password"), {"username": "demo", "password": "hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("credentials", "settings", "sentence"),
    [
        ({}, {}, "must be username and password"),
        ({"username": "u"}, {}, "must be username and password"),
        ({"pasword": "x"}, {}, "not set up well: pasword"),
        ({"access_token": "t"}, {}, "needs `identity_provider`"),
        ({"access_token_file": "/nowhere"}, {"identity_provider": "egi"}, "access token cannot be read"),
        (PASSWORD, {"colour": "blue"}, "not set up well: colour"),
        (PASSWORD, {"projects": "demo"}, "not set up well: projects"),
    ],
)
async def test_what_is_set_up_wrong_is_said(
    credentials: dict[str, str], settings: dict[str, Json], sentence: str
) -> None:
    with pytest.raises(NeedsPerson, match=sentence):
        await read(Cloud(), credentials, endpoint=Cloud.URL, **settings)


async def test_a_service_that_the_catalogue_does_not_have_is_not_spoken_of() -> None:
    found = await ask(Cloud())
    assert "volume_types" not in found.document
    assert found.document["projects"] == [{"id": "p1", "name": "one", "quota": {}}]
    assert not found.unread


@pytest.mark.parametrize(
    "trouble", [500, b"<html>", {"images": 5}, {}, {"images": [{"id": "", "status": "active"}]}, 403]
)
async def test_one_service_in_trouble_does_not_hide_the_others(trouble: Json) -> None:
    found = await ask(Cloud({"/images": trouble}))
    assert "images" not in found.document
    assert found.unread["images"].startswith("Glance's images")
    assert [flavour["name"] for flavour in found.document["flavours"]] == ["small"]


async def test_an_old_nova_is_asked_for_the_extra_specs_of_each_flavour() -> None:
    def detail(request: httpx.Request) -> Json:
        new = "OpenStack-API-Version" in request.headers
        return 406 if new else {"flavors": [{"id": "f/1", "name": "gpu", "vcpus": 1, "ram": 1}]}

    specs = {"extra_specs": {"gpu_number": "1", "gpu_model": "T4"}}
    found = await ask(Cloud({"/detail": detail, "/os-extra_specs": specs}))
    assert found.document["flavours"][0]["gpu_model"] == "T4"


async def test_extra_specs_that_are_not_for_us_are_none() -> None:
    flavour = {"id": "f1", "name": "small", "vcpus": 1, "ram": 1}
    found = await ask(Cloud({"/detail": {"flavors": [flavour]}, "/os-extra_specs": 403}))
    assert found.document["flavours"][0]["gpus"] == 0


async def test_flavours_that_are_switched_off_are_left_out() -> None:
    off = {"id": "f1", "name": "small", "vcpus": 1, "ram": 1, "OS-FLV-DISABLED:disabled": True, "extra_specs": {}}
    assert (await ask(Cloud({"/detail": {"flavors": [off]}}))).document["flavours"] == []


async def test_all_pages_are_read_by_our_own_address() -> None:
    def images(request: httpx.Request) -> Json:
        marker = parse_qs(urlsplit(str(request.url)).query).get("marker", ["0"])[0]
        number = int(marker) + 1
        onward = {"next": f"http://inside.cloud:9292/v2/images?limit=1&marker={number}"} if number < 4 else {}
        return {"images": [{"id": f"i{number}", "name": "x", "status": "active"}], **onward}

    cloud = Cloud({"/images": images})
    found = await ask(cloud)
    assert [image["id"] for image in found.document["images"]] == ["i1", "i2", "i3", "i4"]
    assert {request.url.host for request in cloud.asked} == {"cloud.example"}


async def test_pages_without_end_are_not_followed_for_ever() -> None:
    numbers = iter(range(10_000))

    def images(_: httpx.Request) -> Json:
        number = next(numbers)
        page = [{"id": f"i{number}", "name": "x", "status": "active"}]
        return {"images": page, "next": f"/v2/images?marker={number}"}

    cloud = Cloud({"/images": images})
    found = await read(cloud, endpoint=Cloud.URL, bounds=Bounds(pages=5))
    assert found.unread["images"].endswith("have more than 5 pages.")
    assert sum(request.url.path.endswith("/images") for request in cloud.asked) == 5


async def test_more_than_anybody_has_is_not_taken() -> None:
    many = [{"id": f"i{number}", "name": "x", "status": "active"} for number in range(5001)]
    assert (await ask(Cloud({"/images": {"images": many}}))).unread["images"].endswith("are more than 5000.")


async def test_a_page_that_links_to_no_address_is_a_sentence() -> None:
    page = {"images": [{"id": "i", "name": "x", "status": "active"}], "next": "http://["}
    assert "no address" in (await ask(Cloud({"/images": page}))).unread["images"]


async def test_a_site_of_several_regions_must_say_which() -> None:
    with pytest.raises(NeedsPerson, match="name one of: r1, r2"):
        await ask(Cloud(regions=("r1", "r2")))
    cloud = Cloud(regions=("r1", "r2"))
    assert (await ask(cloud, region="r2")).document["flavours"]
    assert {request.url.path.split("/")[1] for request in cloud.asked} == {"v3", "r2"}
    with pytest.raises(NeedsPerson, match="no region 'r3'; it has: r1, r2"):
        await read(Cloud(regions=("r1", "r2")), endpoint=Cloud.URL, region="r3")


async def test_a_project_that_we_are_not_in_is_said() -> None:
    with pytest.raises(NeedsPerson, match="does not work in two"):
        await ask(Cloud(), projects=["one", "two"])
    with pytest.raises(NeedsPerson, match="works in no project"):
        await ask(Cloud({"/projects": {"projects": []}}))


async def test_only_networks_that_the_project_may_use_are_read() -> None:
    networks = [
        {"id": "own", "name": "own", "project_id": "p1"},
        {"id": "shared", "name": "shared", "project_id": "p2", "shared": True},
        {"id": "foreign", "name": "foreign", "project_id": "p2"},
        {"id": "down", "name": "down", "project_id": "p1", "admin_state_up": False},
    ]
    subnets = [
        {"id": "b", "network_id": "own", "cidr": "fd00::/64", "ip_version": 6},
        {"id": "a", "network_id": "own", "cidr": "10.0.0.0/8", "ip_version": 4},
    ]
    found = await ask(Cloud({"/networks": {"networks": networks}, "/subnets": {"subnets": subnets}}))
    assert found.document["networks"] == [
        {"id": "own", "name": "own", "kind": "private", "cidr": "10.0.0.0/8"},
        {"id": "shared", "name": "shared", "kind": "private"},
    ]


async def test_limits_that_are_not_for_us_are_unknown_and_no_trouble() -> None:
    found = await ask(Cloud({"/limits": 403}))
    assert found.document["quota"] == {}
    assert not found.unread


async def test_limits_that_cannot_be_read_are_trouble_and_the_projects_stay_as_they_were() -> None:
    found = await ask(Cloud({"/limits": 500}))
    assert {"quota", "projects"} <= set(found.unread)
    assert "projects" not in found.document


@pytest.mark.parametrize("answer", [500, b"<html>", {}, {"token": 5}, [], {"token": {"catalog": [{"type": 1}]}}])
async def test_a_keystone_in_trouble_is_a_sentence(answer: Json) -> None:
    with pytest.raises(Transient, match="Keystone's login"):
        await ask(Cloud({"/tokens": answer}))


async def test_nothing_kept_is_in_what_is_found_or_said() -> None:
    cloud = Cloud({"/images": 500, "/limits": 500})
    found = await read(cloud, {"username": "demo", "password": "hunter2"}, endpoint=Cloud.URL)
    assert "hunter2" not in repr(found)
    with pytest.raises(Failure) as caught:
        await read(Cloud({"/tokens": 500}), {"username": "demo", "password": "hunter2"}, endpoint=Cloud.URL)
    assert "hunter2" not in repr(caught.value)
