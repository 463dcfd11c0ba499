from datetime import timedelta

import pytest

from services.monitoring.domain.news import newsworthy
from shared.contracts.sites import Availability, Health, ProjectUsage, Quantities, SiteObserved
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON

HEARTBEAT = timedelta(minutes=2)
TOLD = SiteObserved(
    site=SiteId("bari"),
    service=ServiceId("compute"),
    collector="probe",
    observed_at=NOON,
    available=True,
    health=Health.HEALTHY,
    availability=Availability(day=0.99, week=0.99),
    latency_ms=100.0,
    metrics={"create_result": 1.0, "create_responseTime": 1000.0},
    sentence="Well.",
)


def later(**change: object) -> SiteObserved:
    return TOLD.model_copy(update={"observed_at": NOON + timedelta(seconds=30), **change})


@pytest.mark.parametrize(
    "change",
    [
        {"available": False},
        {"health": Health.DEGRADED},
        {"sentence": "Ill."},
        {"used": Quantities(cpus=1)},
        {"projects": (ProjectUsage(project="p"),)},
        {"availability": Availability(day=0.975, week=0.99)},
        {"availability": Availability(day=0.99)},
        {"latency_ms": 151.0},
        {"latency_ms": 60.0},
        {"latency_ms": None},
        {"metrics": {"create_result": 0.0, "create_responseTime": 1000.0}},
        {"metrics": {"create_result": 1.0}},
        {"metrics": {"create_result": -1.0, "create_responseTime": 1000.0}},
    ],
)
def test_what_others_would_decide_differently_by_is_news(change: dict[str, object]) -> None:
    assert newsworthy(TOLD, later(**change), HEARTBEAT)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"availability": Availability(day=0.985, week=0.99)},
        {"latency_ms": 149.0},
        {"latency_ms": 70.0},
        {"metrics": {"create_result": 1.0, "create_responseTime": 1400.0}},
    ],
)
def test_what_only_trembles_is_none(change: dict[str, object]) -> None:
    assert not newsworthy(TOLD, later(**change), HEARTBEAT)


def test_a_sign_of_life_is_given_now_and_then() -> None:
    assert newsworthy(TOLD, later(observed_at=NOON + HEARTBEAT), HEARTBEAT)
    assert not newsworthy(TOLD, later(observed_at=NOON), HEARTBEAT)


def test_the_first_word_is_always_news() -> None:
    assert newsworthy(None, TOLD, HEARTBEAT)
