from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.domain.watched import Changes, Target, Watched, diff
from shared.contracts.vocabulary import ServiceId, SiteId

BARI, CNAF = SiteId("bari"), SiteId("cnaf")


def watched(site: SiteId, **urls: str) -> Watched:
    return Watched(site=site, targets=tuple(Target(service=ServiceId(name), url=url) for name, url in urls.items()))


def test_nothing_changes_where_all_is_as_it_was() -> None:
    assert diff({BARI: watched(BARI, a="http://a")}, {BARI: watched(BARI, a="http://a")}) == Changes()


def test_what_is_new_is_watched_and_what_is_gone_is_dropped_with_its_observations() -> None:
    changes = diff({BARI: watched(BARI, a="http://a", b="http://b")}, {CNAF: watched(CNAF, a="http://c")})
    void = ((BARI, ServiceId("a")), (BARI, ServiceId("b")))
    assert changes == Changes((watched(CNAF, a="http://c"),), (BARI,), void, (CNAF,))


def test_a_service_that_left_its_site_takes_its_observations_along() -> None:
    changes = diff({BARI: watched(BARI, a="http://a", b="http://b")}, {BARI: watched(BARI, b="http://moved")})
    assert changes == Changes((watched(BARI, b="http://moved"),), (), ((BARI, ServiceId("a")),), (BARI,))


def test_a_site_that_only_offers_something_else_is_not_looked_at_anew() -> None:
    before = watched(BARI, a="http://a")
    [target] = before.targets
    after = before.model_copy(update={"targets": (target.model_copy(update={"images": ("new",)}),)})
    assert diff({BARI: before}, {BARI: after}) == Changes((after,))


def test_a_site_that_cannot_be_understood_is_watched_as_before() -> None:
    assert diff({BARI: watched(BARI, a="http://a")}, {BARI: None}) == Changes()


SITE = """
name: Bari
anything: {the: cmdb reads}
services:
  - {id: plain, endpoint: "http://bari.example.org:5000/v3"}
  - {id: path, endpoint: "http://bari.example.org:8800/", monitoring: {probe: /version}}
  - {id: unwatched, endpoint: "http://bari.example.org", monitoring: {probe: none}}
  - {id: removed, endpoint: "http://bari.example.org", status: removed}
"""


async def test_each_service_is_asked_where_its_file_says(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text(SITE)
    seen = await FederationFolder(tmp_path).read()
    bari = seen.sites[BARI]
    assert bari is not None
    assert [(target.service, target.url) for target in bari.targets] == [
        ("plain", "http://bari.example.org:5000/v3"),
        ("path", "http://bari.example.org:8800/version"),
    ]
    assert seen.problems == ()


class Queries(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    queries: dict[str, str] = {}


COLLECTED = SITE.replace("{probe: /version}", '{probe: /version, played: {url: "http://p", queries: {up: up}}}')


async def test_a_collector_finds_what_the_file_says_to_it(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text(COLLECTED)
    bari = (await FederationFolder(tmp_path, {"played": Queries, "other": Queries}).read()).sites[BARI]
    assert bari is not None
    assert [target.entries for target in bari.targets] == [{}, {"played": {"url": "http://p", "queries": {"up": "up"}}}]


async def test_what_a_collector_does_not_understand_is_a_problem_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text(COLLECTED.replace("queries", "querys"))
    seen = await FederationFolder(tmp_path, {"played": Queries}).read()
    assert str(seen.problems[0]) == (
        f"{tmp_path.name}/bari.yaml:6: services[1].monitoring.played.querys is not known; allowed: url, queries"
    )


async def test_a_target_is_described_to_whoever_probes_it(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text(
        """
services:
  - id: nova
    type: org.openstack.nova
    endpoint: "http://bari.example.org:5000/v3"
    public: true
    flavours: [{id: big, cpus: 8, memory: 100}, {id: gpu, cpus: 1, gpus: 1}, {id: small, cpus: 1, memory: 512}]
    projects: [{id: p1, name: one}, {id: p2}]
"""
    )
    bari = (await FederationFolder(tmp_path).read()).sites[BARI]
    assert bari is not None
    [nova] = bari.targets
    assert (nova.site, nova.type, nova.public) == ("bari", "org.openstack.nova", True)
    assert nova.flavours == ("small", "big", "gpu")
    assert nova.projects == ("one", "p2")


async def test_a_mistake_in_its_own_part_is_monitorings_problem(tmp_path: Path) -> None:
    for right, wrong in (("/version", "http://elsewhere.example.org/"), ("probe: /version", "prob: /version")):
        (tmp_path / "bari.yaml").write_text(SITE.replace(right, wrong))
        seen = await FederationFolder(tmp_path).read()
        assert seen.sites == {"bari": None}
        assert "bari.yaml:6: services[1].monitoring" in str(seen.problems[0])
