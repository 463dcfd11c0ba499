from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.monitoring.adapters.lifecycle.probing import HOURLY
from services.monitoring.domain.rhythm import Pace
from services.monitoring.main import build
from services.monitoring.settings import MonitoringSettings, PaceSettings
from shared.contracts.topology import Json


def settings(**more: Json) -> MonitoringSettings:
    said = {"federation": Path("federation"), "database_url": "postgresql://x:y@127.0.0.1/z", "kafka": "127.0.0.1:1"}
    return MonitoringSettings(**{**said, "port": 1, **more})


def test_a_collector_looks_as_it_wants_unless_the_operator_wants_otherwise() -> None:
    usual = settings(timeout=5)
    assert usual.pace("probe", Pace()) == Pace(None, timedelta(seconds=10), 50)
    assert usual.pace("openstack", HOURLY) == HOURLY
    otherwise = settings(paces={"openstack": PaceSettings(every=7200), "probe": PaceSettings(patience=3)})
    assert otherwise.pace("openstack", HOURLY) == Pace(timedelta(hours=2), HOURLY.patience, 5)
    assert otherwise.pace("probe", Pace()) == Pace(None, timedelta(seconds=3), 50)


def test_settings_under_which_no_outage_would_begin_or_end_are_refused() -> None:
    for wrong in ({"down": 6, "window": 5}, {"up": 6, "window": 5}):
        with pytest.raises(ValidationError, match="allowed"):
            settings(**wrong)


def test_the_service_can_be_put_together_with_nothing_there() -> None:
    service = build(settings())
    paths = service.app().openapi()["paths"]
    assert {"/sites", "/services", "/observations", "/problems/collectors"} <= set(paths)
    names = {family.name for family in service.meters.registry.collect()}
    assert {"corale_service_health", "corale_observation_age_seconds"} <= names
