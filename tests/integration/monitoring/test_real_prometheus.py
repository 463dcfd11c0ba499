"""The prometheus collector beside a real Prometheus, which scrapes an exporter of the test's."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.monitoring.adapters.collectors.prometheus import open_collector
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Collector, Sight
from shared.contracts.sites import Quantities
from shared.contracts.vocabulary import ServiceId
from shared.failures import Transient
from tests.integration.monitoring.conftest import Scraped
from tests.support.prometheus import PASSWORD, USER
from tests.support.waiting import eventually

SECONDS = timedelta(seconds=5)


@pytest.fixture
async def collector(real_prometheus: Scraped, tmp_path: Path) -> AsyncIterator[Collector]:
    file = tmp_path / "credentials.yaml"
    login = f"{{username: {USER}, password: {PASSWORD}}}"
    file.write_text(f'credentials: {{"{real_prometheus.url}": {login}}}\n')
    opened = open_collector({"credentials": str(file)}, timeout=SECONDS)
    yield opened
    await opened.close()


def target(scraped: Scraped, **queries: str) -> Target:
    return Target(service=ServiceId("nova"), url="", entries={"prometheus": {"url": scraped.url, "queries": queries}})


async def seen(collector: Collector, target: Target, wanted: Callable[[Sight], bool]) -> Sight:
    """The first sight that is as wanted: a scrape takes a moment to be seen."""

    async def look() -> Sight | None:
        try:
            sight = await collector.collect(target)
        except Transient:
            return None
        return sight if sight is not None and wanted(sight) else None

    return await eventually(look)


async def test_it_is_seen_as_it_is_exported(real_prometheus: Scraped, collector: Collector) -> None:
    real_prometheus.exporter.text = 'vcpus_used{host="a"} 3\nvcpus_used{host="b"} 4.5\nboot_seconds 0.812\n'
    queries = {"available": "up", "cpus_used": "sum(vcpus_used)", "create_responseTime": "1000 * boot_seconds"}
    sight = await seen(collector, target(real_prometheus, **queries), lambda sight: "3 of 3" in sight.sentence)
    assert sight.available is True
    assert sight.used == Quantities(cpus=7.5)
    assert sight.metrics == {"create_responseTime": pytest.approx(812)}
    assert sight.source == real_prometheus.url
    assert sight.observed_at is not None
    assert abs(sight.observed_at.timestamp() - time.time()) < 60


async def test_what_is_no_longer_exported_is_absent_and_not_zero(
    real_prometheus: Scraped, collector: Collector
) -> None:
    wanted = target(real_prometheus, available="up", memory_used="fading")
    real_prometheus.exporter.text = "fading 512\n"
    await seen(collector, wanted, lambda sight: sight.used == Quantities(memory=512))
    real_prometheus.exporter.text = ""
    sight = await seen(collector, wanted, lambda sight: sight.used == Quantities())
    assert sight.sentence == "1 of 2 metrics are known. memory_used: no sample"


async def test_a_sample_is_as_old_as_it_was_at_its_source(real_prometheus: Scraped, collector: Collector) -> None:
    taken = int(time.time()) - 180
    real_prometheus.exporter.text = f"last_probe_good 1 {taken}000\n"
    wanted = target(real_prometheus, available="last_probe_good")
    sight = await seen(collector, wanted, lambda _: True)
    assert sight.observed_at == datetime.fromtimestamp(taken, UTC)


async def test_each_fault_of_a_query_is_told_in_the_words_of_prometheus(
    real_prometheus: Scraped, collector: Collector
) -> None:
    real_prometheus.exporter.text = 'vcpus_used{host="a"} 3\nvcpus_used{host="b"} 4\nbroken NaN\nendless +Inf\n'
    queries = {"cpus_used": "vcpus_used", "disk_used": "broken", "gpus_used": "endless", "memory_used": "sum("}
    queries |= {"instances_used": "up[5m]", "volumes_used": "vector(7)"}
    sight = await seen(
        collector,
        target(real_prometheus, **queries),
        lambda sight: "2 series" in sight.sentence and "inf" in sight.sentence,
    )
    assert sight.used == Quantities(volumes=7)
    assert "cpus_used: 2 series instead of one ({'__name__': 'vcpus_used', 'host': 'a'" in sight.sentence
    assert "disk_used: NaN" in sight.sentence
    assert "memory_used: refused with 400, bad_data: invalid parameter" in sight.sentence
    assert "instances_used: an answer of the kind matrix" in sight.sentence


async def test_who_has_no_password_is_not_let_in_and_says_so(real_prometheus: Scraped) -> None:
    nobody = open_collector({}, timeout=SECONDS)
    with pytest.raises(Transient, match=r"401"):
        await nobody.collect(target(real_prometheus, available="up"))
    await nobody.close()
