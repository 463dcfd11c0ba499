import math
from datetime import timedelta

import pytest

from services.monitoring.app.observing import Garbage, sighted, without_secrets
from services.monitoring.domain.sighting import Sighting
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight, Step
from shared.contracts.sites import ProjectUsage
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON

BARI = SiteId("bari")
TARGET = Target(service=ServiceId("compute"), url="http://bari.example.org/")


def seen(sight: object) -> Sighting:
    return sighted(BARI, TARGET, "played", sight, NOON)


def test_what_has_no_value_is_absent_and_never_0() -> None:
    sight = Sight(
        available=None,
        sentence="",
        latency_ms=math.nan,
        metrics={"nan": math.nan, "inf": math.inf, "low": -math.inf, "nought": 0.0},
    )
    sighting = seen(sight)
    assert sighting.observed.available is None
    assert sighting.observed.metrics == {"nought": 0.0}
    assert sighting.observed.latency_ms is None


def test_the_time_is_that_of_the_sample_and_nothing_is_from_tomorrow() -> None:
    old = NOON - timedelta(hours=3)
    assert seen(Sight(True, "", observed_at=old)).observed.observed_at == old
    assert seen(Sight(True, "", observed_at=NOON + timedelta(days=1))).observed.observed_at == NOON
    assert seen(Sight(True, "")).observed.observed_at == NOON


def test_steps_become_metrics_by_their_old_names_and_a_failed_one_has_no_time() -> None:
    steps = (
        Step("create", well=True, status=201, milliseconds=12.5),
        Step("run", well=False, status=500, milliseconds=90_000.0),
        Step("delete", well=False),
    )
    assert seen(Sight(False, "", steps=steps)).observed.metrics == {
        "create_result": 1.0,
        "create_status": 201.0,
        "create_responseTime": 12.5,
        "run_result": 0.0,
        "run_status": 500.0,
        "delete_result": 0.0,
    }


@pytest.mark.parametrize(
    "garbage",
    [
        b"<html>",
        {"available": True},
        Sight(True, "", metrics={str(number): 1.0 for number in range(100_000)}),
        Sight(True, "", projects=(ProjectUsage(project="p"),) * 10_000),
        Sight(True, "", projects=(ProjectUsage(project="p" * 10_000_000),)),
        Sight(True, "", observed_at=NOON.replace(tzinfo=None)),
    ],
    ids=["bytes", "mapping", "metrics", "projects", "a project", "no zone"],
)
def test_nonsense_is_no_observation(garbage: object) -> None:
    with pytest.raises(Garbage):
        seen(garbage)


def test_ten_megabytes_of_words_are_cut() -> None:
    ten = "x" * 10_000_000
    observed = seen(Sight(True, ten, source=ten, metrics={ten: 1.0})).observed
    assert len(observed.model_dump_json()) < 2_000


def test_a_source_tells_no_password() -> None:
    assert without_secrets("https://me:secret@zabbix.example.org/api?x=1") == "https://zabbix.example.org/api?x=1"
    assert without_secrets("prometheus at home") == "prometheus at home"
    assert "secret" not in without_secrets("http://me:secret@[::bad/")
