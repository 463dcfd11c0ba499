from pathlib import Path

from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.app.inventory import Inventory
from services.monitoring.domain.inventory import described, together
from services.monitoring.domain.watched import Target, Watched
from shared.contracts.envelope import Envelope
from shared.contracts.message import Message
from shared.contracts.sites import Flavour, OfferedService, ServiceStatus, SiteDescribed, SiteWithdrawn
from shared.contracts.vocabulary import BackendName, ServiceId, SiteId
from tests.support.builders import NOON

BARI = SiteId("bari")
URL = "https://nova.bari.example.org/v3"


def offered(name: str, *, endpoint: str = URL, status: ServiceStatus = ServiceStatus.ACTIVE) -> OfferedService:
    return OfferedService(
        id=ServiceId(name),
        type="org.openstack.nova",
        backend=BackendName("im"),
        kinds=(),
        endpoint=endpoint,
        status=status,
        flavours=(Flavour(id="big", name="big", cpus=8, memory=1), Flavour(id="small", name="small", cpus=1, memory=1)),
    )


def site(*services: OfferedService, name: SiteId = BARI) -> SiteDescribed:
    return SiteDescribed(site=name, name="Bari", services=services)


def filed(*targets: Target, silent: tuple[str, ...] = ()) -> Watched:
    return Watched(site=BARI, targets=targets, silent=tuple(ServiceId(name) for name in silent))


def target(name: str, path: str = "", endpoint: str = "https://old.example.org/") -> Target:
    url = endpoint.rstrip("/") + path if path else endpoint
    return Target(service=ServiceId(name), url=url, endpoint=endpoint, entries={"zabbix": {"group": "bari"}})


def names(watched: Watched) -> list[str]:
    return [one.service for one in watched.targets]


def test_a_site_of_the_cmdb_is_watched_without_a_file() -> None:
    watched = described(site(offered("a"), offered("gone", status=ServiceStatus.REMOVED)))
    assert names(watched) == ["a"]
    assert watched.silent == ("gone",)
    [seen] = watched.targets
    assert (seen.url, seen.type, seen.flavours) == (URL, "org.openstack.nova", ("small", "big"))


def test_what_has_no_http_address_is_not_asked() -> None:
    assert names(described(site(offered("a", endpoint="gsiftp://bari.example.org"), offered("b", endpoint="")))) == []


def test_the_cmdb_says_where_a_service_is_and_the_file_how_to_look_at_it() -> None:
    watched = together(filed(target("a", "/healthz")), described(site(offered("a"))))
    [seen] = watched.targets
    assert (seen.endpoint, seen.url) == (URL, f"{URL}/healthz")
    assert seen.entries == {"zabbix": {"group": "bari"}}
    assert together(filed(target("a")), described(site(offered("a")))).targets[0].url == URL


def test_the_operators_vouch_only_for_the_endpoint_that_their_file_names() -> None:
    def vouched(file: Watched | None) -> bool:
        return together(file, described(site(offered("a")))).targets[0].vouched

    same = target("a", endpoint=URL).model_copy(update={"vouched": True})
    moved = target("a").model_copy(update={"vouched": True})
    assert [vouched(filed(same)), vouched(filed(moved)), vouched(None)] == [True, False, False]


def test_a_service_that_only_one_of_them_knows_is_watched() -> None:
    assert names(together(filed(target("file")), described(site(offered("cmdb"))))) == ["cmdb", "file"]


def test_a_service_that_either_wants_left_alone_is() -> None:
    told = described(site(offered("a"), offered("b", status=ServiceStatus.REMOVED)))
    assert names(together(filed(target("b"), silent=("a",)), told)) == []


FILE = """
services:
  - {id: a, endpoint: "https://old.example.org/", monitoring: {probe: /healthz}}
  - {id: quiet, endpoint: "https://old.example.org/", monitoring: {probe: none}}
"""


def told(body: Message) -> Envelope:
    return Envelope(id="1", source="cmdb", time=NOON, body=body)


async def test_folder_and_cmdb_are_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text(FILE)
    inventory = Inventory(FederationFolder(tmp_path))
    inventory.fold(told(site(offered("a"), offered("quiet"))))
    inventory.fold(told(site(offered("x"), name=SiteId("cnaf"))))
    assert inventory.changed.is_set()
    seen = await inventory.read()
    found = {name: [one.url for one in watched.targets] for name, watched in seen.sites.items() if watched is not None}
    assert found == {"bari": [f"{URL}/healthz"], "cnaf": [URL]}
    inventory.fold(told(SiteWithdrawn(site=SiteId("cnaf"))))
    assert set((await inventory.read()).sites) == {"bari"}


async def test_a_broken_file_leaves_its_site_as_it_is_watched(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text("services: [{id: a}]")
    inventory = Inventory(FederationFolder(tmp_path))
    inventory.fold(told(site(offered("a"))))
    seen = await inventory.read()
    assert seen.sites == {"bari": None}
    assert len(seen.problems) == 1
