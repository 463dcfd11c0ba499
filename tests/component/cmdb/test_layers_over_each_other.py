"""What people say over HTTP, the folder and discovery, laid over each other; PostgreSQL is real."""

from datetime import timedelta

from shared.contracts.sites import ServiceStatus, SiteWithdrawn
from tests.component.cmdb.editing import NOVA, SMALL, Federation, at, created, message
from tests.component.cmdb.people import People

FILE = """
name: CNAF
owners: [{issuer: "https://iam.example.org/", subject: ada}]
services:
  - id: nova
    type: org.openstack.nova
    endpoint: https://nova.example.org:5000/v3
    quota: {cpus: 8, memory: 1024}
    flavours: [{id: small, name: small, cpus: 1, memory: 2048}]
"""


async def test_what_people_say_stands_over_the_file_and_the_file_over_discovery(federation: Federation) -> None:
    await federation.file("cnaf", FILE)
    big = {"id": "big", "name": "big", "cpus": 8, "memory": 8192}
    nova = {"id": "nova", "quota": {"cpus": 99, "gpus": 2}, "flavours": [{**SMALL, "cpus": 3}, big]}
    await federation.discovered("cnaf", {"services": [nova]})
    async with federation.client() as client:
        answer = await client.patch(
            "/sites/cnaf/services/nova", json={"quota": {"memory": 512}, "tags": ["gpu"]}, headers=at(2, People.ada)
        )
        assert answer.status_code == 200
        seen = (await client.get("/sites/cnaf?provenance=true", headers=People.ada)).json()
        service = await federation.service("nova")
        assert (service.quota.cpus, service.quota.memory, service.quota.gpus) == (8, 512, 2)
        assert [(flavour.id, flavour.cpus) for flavour in service.flavours] == [("small", 1), ("big", 8)]
        layers = seen["provenance"]
        assert {path: layers[f"/services/nova/{path}"] for path in ("quota/cpus", "quota/memory", "quota/gpus")} == {
            "quota/cpus": "file",
            "quota/memory": "hand",
            "quota/gpus": "discovered",
        }
        assert layers["/services/nova/backend"] == "type"
        assert layers["/services/nova/flavours/big/cpus"] == "discovered"
        await federation.file("cnaf", FILE.replace("memory: 1024", "memory: 4096").replace("CNAF", "INFN CNAF"))
        assert (await federation.service("nova")).quota.memory == 512
        back = await client.delete("/sites/cnaf/overrides?at=/services/nova/quota", headers=at(4, People.ada))
        assert back.status_code == 200
    assert (await federation.service("nova")).quota.memory == 4096


async def test_a_thing_hidden_by_hand_stays_hidden_however_often_it_is_discovered(federation: Federation) -> None:
    await federation.file("cnaf", FILE)
    async with federation.client() as client:
        gone = await client.delete("/sites/cnaf/services/nova/flavours/small", headers=at(1, People.ada))
        assert gone.status_code == 204
        await federation.discovered("cnaf", {"services": [{"id": "nova", "flavours": [SMALL]}]})
        assert (await federation.service("nova")).flavours == ()
        undone = await client.delete("/sites/cnaf/overrides?at=/services/nova/flavours", headers=at(2, People.ada))
        assert undone.status_code == 200, undone.text
    assert [flavour.id for flavour in (await federation.service("nova")).flavours] == ["small"]


async def test_a_correction_of_what_is_not_there_any_more_waits_until_it_is_back(federation: Federation) -> None:
    await federation.file("cnaf", FILE)
    flavours = "    flavours: [{id: small, name: small, cpus: 1, memory: 2048}]\n"
    async with federation.client() as client:
        patch = {"infiniband": True}
        await client.patch("/sites/cnaf/services/nova/flavours/small", json=patch, headers=at(1, People.ada))
    await federation.file("cnaf", FILE.replace(flavours, ""))
    assert (await federation.service("nova")).flavours == ()
    await federation.file("cnaf", FILE)
    (flavour,) = (await federation.service("nova")).flavours
    assert flavour.infiniband


async def test_nonsense_that_a_site_says_of_itself_is_left_out_and_the_rest_holds(federation: Federation) -> None:
    await federation.file("cnaf", FILE)
    nova = {"id": "nova", "quota": {"gpus": -1, "disk": 5}, "flavours": [{"id": "x", "name": "x", "cpus": "many"}]}
    await federation.discovered("cnaf", {"services": [nova, {"id": "ghost", "quota": {}}]})
    service = await federation.service("nova")
    assert (service.quota.gpus, service.quota.disk) == (None, 5)
    assert [flavour.id for flavour in service.flavours] == ["small"]


async def test_a_file_and_what_people_said_that_do_not_fit_keep_the_last_good_and_show_why(
    federation: Federation,
) -> None:
    await federation.file("cnaf", FILE)
    child = {**NOVA, "id": "child", "parent": "nova"}
    async with federation.client() as client:
        assert (await client.post("/sites/cnaf/services", json=child, headers=at(1, People.ada))).status_code == 201
        before = await federation.told()
        await federation.file("cnaf", "name: CNAF\n")
        assert await federation.told() == before
        (problem,) = (await client.get("/problems")).json()["problems"]
        assert (problem["file"], "found nova as parent of child" in problem["message"]) == ("sites/cnaf.yaml", True)
        await federation.file("cnaf", FILE)
        assert (await client.get("/problems")).json() == {"problems": []}


async def test_a_site_of_the_folder_is_removed_in_the_folder_and_what_people_said_waits_for_it(
    federation: Federation,
) -> None:
    await federation.file("cnaf", FILE)
    async with federation.client() as client:
        refused = await client.delete("/sites/cnaf", headers=at(1, People.root))
        assert "remove sites/cnaf.yaml" in message(refused, 409)
        await client.patch("/sites/cnaf", json={"country": "IT"}, headers=at(1, People.ada))
        (federation.folder / "cnaf.yaml").unlink()
        await federation.refresh.refresh()
        assert (await federation.told())[-1] == SiteWithdrawn.model_validate({"site": "cnaf"})
        await federation.file("cnaf", FILE)
        seen = (await client.get("/sites/cnaf", headers=People.ada)).json()
        assert (seen["country"], seen["removed"]) == ("IT", None)


async def test_a_status_holds_for_all_services_and_is_over_by_itself(federation: Federation) -> None:
    async with federation.client() as client:
        await created(client)
        until = (federation.now + timedelta(hours=2)).isoformat()
        patch = {"status": "maintenance", "status_reason": "new switches", "status_until": until}
        await client.patch("/sites/bari", json=patch, headers=at(1, People.ada))
        assert (await federation.service("nova")).status is ServiceStatus.MAINTENANCE
        assert [s["id"] for s in (await client.get("/sites?status=maintenance")).json()["sites"]] == ["bari"]
        federation.pass_time(timedelta(hours=2))
        await federation.refresh.refresh()
        assert (await federation.service("nova")).status is ServiceStatus.ACTIVE
        assert [s["id"] for s in (await client.get("/sites?status=active")).json()["sites"]] == ["bari"]
        told = len(await federation.told())
        await federation.refresh.refresh()
        assert len(await federation.told()) == told
