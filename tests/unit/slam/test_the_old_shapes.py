"""The bytes that clients of the INDIGO generation get. `golden/` is what they read; it changes when they do."""

from datetime import UTC, datetime
from pathlib import Path

from services.slam.api.old_shapes import answer, document, preferences
from services.slam.domain.record import Record
from services.slam.domain.sites import Sites
from shared.contracts.vocabulary import BackendName
from tests.support.builders import NOON, a_service, a_site, an_envelope
from tests.unit.slam.made import a_record, cores, hours, some_terms

GOLDEN = Path(__file__).parent / "golden"
START, END = datetime(2020, 11, 10, 23, tzinfo=UTC), datetime(2027, 1, 5, 0, 30, tzinfo=UTC)


def the_sites() -> Sites:
    sites = Sites()
    storage = a_service("bari-storage").model_copy(
        update={"kinds": (), "type": "eu.egi.cloud.storage-management.oneprovider", "backend": BackendName("")}
    )
    sites.fold(an_envelope(a_site("bari", a_service("bari-compute"), storage)))
    sites.fold(an_envelope(a_site("cineca")))
    return sites


def the_agreements() -> list[Record]:
    first = some_terms(
        cores(100, total_guaranteed=10, user_limit=7.5),
        hours(400, total_guaranteed=200, user_limit="unlimited", instance_limit="unknown"),
        starts=START,
        ends=END,
        services=("bari-compute",),
        site="bari",
        priority=1,
    )
    second = some_terms(starts=START, site="cineca", priorities={"org.openstack.nova": 2})
    third = some_terms(starts=START, site="bari", services=("bari-storage",))
    return [a_record(first, id="sla-1"), a_record(second, id="sla-2"), a_record(third, id="sla-3")]


def bytes_of(body: object) -> bytes:
    return bytes(answer(body).body)


def test_preferences_are_byte_for_byte_what_old_clients_read() -> None:
    found = bytes_of(preferences("biomed/users", the_agreements(), the_sites(), NOON))
    assert found + b"\n" == (GOLDEN / "preferences.json").read_bytes()


def test_one_agreement_is_byte_for_byte_what_old_clients_read() -> None:
    found = bytes_of(document(the_agreements()[0], the_sites(), NOON))
    assert found + b"\n" == (GOLDEN / "sla.json").read_bytes()


def test_a_group_without_agreements_prefers_nothing() -> None:
    found = bytes_of(preferences("empty", [], the_sites(), NOON))
    assert found == (
        b'{"preferences":[{"customer":"empty","preferences":[{"service_type":"compute","priority":[]},'
        b'{"service_type":"storage","priority":[]}],"id":"ad87109bfff0765f4dd8cf4943b04d16a4070fea"}],"sla":[]}'
    )


def test_when_nobody_prefers_anything_everything_weighs_the_same() -> None:
    found = str(preferences("g", [a_record(some_terms())], the_sites(), NOON))
    assert "'weight': 1.0" in found
    assert "nan" not in found.lower()
