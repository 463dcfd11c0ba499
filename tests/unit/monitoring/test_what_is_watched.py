from pathlib import Path

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
    assert changes == Changes((watched(CNAF, a="http://c"),), (BARI,), ((BARI, ServiceId("a")), (BARI, ServiceId("b"))))


def test_a_service_that_left_its_site_takes_its_observations_along() -> None:
    changes = diff({BARI: watched(BARI, a="http://a", b="http://b")}, {BARI: watched(BARI, b="http://moved")})
    assert changes == Changes((watched(BARI, b="http://moved"),), (), ((BARI, ServiceId("a")),))


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
    expected = watched(BARI, plain="http://bari.example.org:5000/v3", path="http://bari.example.org:8800/version")
    assert seen.sites == {"bari": expected}
    assert seen.problems == ()


async def test_a_mistake_in_its_own_part_is_monitorings_problem(tmp_path: Path) -> None:
    for right, wrong in (("/version", "http://elsewhere.example.org/"), ("probe: /version", "prob: /version")):
        (tmp_path / "bari.yaml").write_text(SITE.replace(right, wrong))
        seen = await FederationFolder(tmp_path).read()
        assert seen.sites == {"bari": None}
        assert "bari.yaml:6: services[1].monitoring" in str(seen.problems[0])
