"""When a service is read again, and what is known of it while it cannot be read. Pure."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cmdb.domain.discovered import (
    Found,
    Known,
    Rhythm,
    Target,
    after_failing,
    after_reading,
    layer_of,
    pause,
    target_of,
)
from services.cmdb.domain.merging import Layer, merged
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId, SiteId
from tests.support.builders import NOON

MINUTE = timedelta(minutes=1)
STILL = Rhythm(interval=5 * MINUTE, first=MINUTE, longest=20 * MINUTE, jitter=0)
NOVA = Target(SiteId("cnaf"), ServiceId("nova"), "openstack", "https://cnaf.example:5000/v3")


def service(**said: Json) -> dict[str, Json]:
    return {"id": "nova", "endpoint": "https://x", "discovery": {"kind": "openstack"}, **said}


def test_a_service_that_says_how_it_is_discovered_is_a_target() -> None:
    discovery = {"kind": "openstack", "every": 90, "project": "demo"}
    target = target_of(SiteId("cnaf"), service(region="r1", discovery=discovery))
    assert target == Target(
        SiteId("cnaf"), ServiceId("nova"), "openstack", "https://x", "r1", {"project": "demo"}, timedelta(seconds=90)
    )
    assert target is not None
    assert target.name == "cnaf/nova"


@pytest.mark.parametrize(
    "entry",
    [{"id": "nova"}, service(discovery=None), service(discovery="openstack"), service(id=7), service(status="removed")],
)
def test_others_are_not(entry: dict[str, Json]) -> None:
    assert target_of(SiteId("cnaf"), entry) is None


@pytest.mark.parametrize("every", [0, -5, True, "often", None, 1e300])
def test_a_rhythm_that_makes_no_sense_is_the_usual_one(every: Json) -> None:
    target = target_of(SiteId("cnaf"), service(discovery={"kind": "k", "every": every}))
    assert target is not None
    assert target.every is None


def test_reading_keeps_what_was_found_and_clears_the_trouble() -> None:
    failing = after_failing(after_failing(Known(NOVA), "No.", NOON), "Still no.", NOON + MINUTE)
    assert (failing.unreachable_since, failing.failures, failing.sentence) == (NOON, 2, "Still no.")
    read = after_reading(failing, Found({"flavours": []}), NOON + 2 * MINUTE)
    assert read == Known(NOVA, {"flavours": []}, read_at=NOON + 2 * MINUTE)


def test_a_service_that_cannot_be_read_keeps_what_was_read_before() -> None:
    known = after_reading(Known(NOVA), Found({"images": [{"id": "i"}]}), NOON)
    failing = after_failing(known, "The site does not answer.", NOON + MINUTE)
    assert failing.document == {"images": [{"id": "i"}]}
    assert failing.read_at == NOON
    assert failing.unreachable_since == NOON + MINUTE


def test_what_could_not_be_read_of_a_service_stays_and_the_rest_is_new() -> None:
    known = after_reading(Known(NOVA), Found({"images": ["old"], "flavours": ["old"], "networks": ["old"]}), NOON)
    partly = after_reading(known, Found({"flavours": ["new"]}, {"images": "Glance hangs."}), NOON + MINUTE)
    assert partly.document == {"images": ["old"], "flavours": ["new"]}
    assert (partly.unreachable_since, partly.sentence, partly.read_at) == (NOON + MINUTE, "Glance hangs.", NOON)


def test_two_say_the_same_when_the_site_is_described_alike() -> None:
    known = after_reading(Known(NOVA), Found({"images": []}), NOON)
    again = after_reading(known, Found({"images": []}), NOON + MINUTE)
    failing = after_failing(again, "No.", NOON + MINUTE)
    assert known.says_the_same_as(again)
    assert not again.says_the_same_as(failing)
    assert failing.says_the_same_as(after_failing(failing, "Another no.", NOON + 2 * MINUTE))


def test_the_pause_doubles_while_nothing_can_be_read_and_is_bounded() -> None:
    pauses = [pause(STILL, Known(NOVA, failures=failures), 0.5) / MINUTE for failures in range(8)]
    assert pauses == [5, 1, 2, 4, 8, 16, 20, 20]


def test_a_site_may_want_its_own_rhythm_but_not_to_be_hammered() -> None:
    def every(seconds: float) -> timedelta:
        target = Target(SiteId("s"), ServiceId("n"), "k", "", every=timedelta(seconds=seconds))
        return pause(STILL, Known(target), 0.5)

    assert every(7200) == timedelta(hours=2)
    assert every(0.001) == timedelta(seconds=10)


def test_who_asks_to_be_left_alone_is_left_alone() -> None:
    assert pause(STILL, Known(NOVA, failures=1), 0.5, asked=timedelta(hours=3)) == timedelta(hours=3)
    assert pause(STILL, Known(NOVA, failures=1), 0.5, asked=timedelta(seconds=1)) == MINUTE


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_a_pause_within_its_share(failures: int, chance: float) -> None:
    rhythm = Rhythm(STILL.interval, STILL.first, STILL.longest, jitter=0.2)
    usual = pause(STILL, Known(NOVA, failures=failures), 0.5)
    slack = timedelta(microseconds=1)
    assert 0.8 * usual - slack <= pause(rhythm, Known(NOVA, failures=failures), chance) <= 1.2 * usual + slack


def test_the_layer_names_its_services_and_says_since_when_they_cannot_be_read() -> None:
    known = after_failing(after_reading(Known(NOVA), Found({"flavours": []}), NOON), "No.", NOON + MINUTE)
    layer = layer_of([known])
    assert (layer.name, layer.at) == ("discovered", NOON)
    assert layer.document == {
        "services": [{"id": "nova", "flavours": [], "unreachable_since": (NOON + MINUTE).isoformat()}]
    }


def test_the_layer_is_silent_about_what_was_never_read() -> None:
    assert layer_of([Known(NOVA)]) == Layer("discovered", {}, None)
    assert layer_of([]).document == {}


def test_a_hand_override_goes_before_what_was_discovered() -> None:
    found = Found({"flavours": [{"id": "1", "name": "small", "cpus": 1, "memory": 1}]})
    discovered = layer_of([after_reading(Known(NOVA), found, NOON)])
    hand = Layer("hand", {"services": [{"id": "nova", "flavours": [{"id": "1", "gpus": 2}]}]})
    assert merged([discovered, hand]).document["services"][0]["flavours"] == [
        {"id": "1", "name": "small", "cpus": 1, "memory": 1, "gpus": 2}
    ]
