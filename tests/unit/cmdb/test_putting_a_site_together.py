from datetime import timedelta

import pytest

from services.cmdb.domain.assembly import DISCOVERED, FILE, HAND, Misfit, assembled
from services.cmdb.domain.description import described, next_change
from services.cmdb.domain.merging import Layer
from services.cmdb.domain.service_types import SERVICE_TYPES
from shared.contracts.sites import OfferedService, ServiceStatus, SiteDescribed
from shared.contracts.topology import Json, TopologyKind
from shared.contracts.vocabulary import SiteId
from tests.support.builders import NOON

NOVA: dict[str, Json] = {"id": "nova", "type": "org.openstack.nova", "endpoint": "https://nova.example.org"}


def site(*services: dict[str, Json], **more: Json) -> dict[str, Json]:
    return {"name": "Bari", "services": list(services), **more}


def told(document: dict[str, Json]) -> SiteDescribed:
    return described(SiteId("bari"), assembled([Layer(FILE, document)]).record, NOON)


def only(document: dict[str, Json]) -> OfferedService:
    (service,) = told(document).services
    return service


def faults(*layers: Layer) -> list[str]:
    with pytest.raises(Misfit) as misfit:
        assembled(layers)
    return [f"{fault.path or 'the site'}: {fault.sentence}" for fault in misfit.value.faults]


@pytest.mark.parametrize("name", SERVICE_TYPES)
def test_a_service_of_a_known_type_needs_to_say_no_more_than_where_it_is(name: str) -> None:
    service = only(site({**NOVA, "type": name}))
    expected = SERVICE_TYPES[name]
    assert (service.backend, service.kinds) == (expected.backend, expected.kinds)
    assert service.credentials_required is expected.credentials_required
    assert bool(service.backend) is bool(service.kinds)


@pytest.mark.parametrize(
    ("name", "kinds", "credentials"),
    [
        ("eu.indigo-datacloud.marathon", (TopologyKind.CONTAINER_SERVICE,), False),
        ("eu.indigo-datacloud.chronos", (TopologyKind.CONTAINER_JOB,), False),
        ("eu.indigo-datacloud.mesos", (), False),
        ("eu.deep.qcg", (TopologyKind.BATCH_JOB,), False),
        ("eu.deep.kubernetes", (TopologyKind.HELM_RELEASE,), False),
        ("com.amazonaws.ec2", (TopologyKind.INFRASTRUCTURE,), True),
        ("com.microsoft.azure", (TopologyKind.INFRASTRUCTURE,), True),
        ("eu.otc.compute", (TopologyKind.INFRASTRUCTURE,), True),
        ("eu.egi.cloud.storage-management.oneprovider", (), False),
    ],
)
def test_what_a_type_takes_and_whether_one_needs_an_account_of_ones_own(
    name: str, kinds: tuple[TopologyKind, ...], credentials: bool
) -> None:
    service = only(site({**NOVA, "type": name}))
    assert (service.kinds, service.credentials_required) == (kinds, credentials)


def test_what_is_said_is_stronger_than_what_follows_from_the_type() -> None:
    service = only(site({**NOVA, "backend": "heat", "credentials_required": True}))
    assert (service.backend, service.credentials_required) == ("heat", True)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (site({**NOVA, "type": "own"}), "/services/nova: found no kinds for the type own; allowed: kinds, or one of"),
        (site({**NOVA, "type": "own", "kinds": ["infrastructure"]}), "found kinds and no backend"),
        (site({**NOVA, "parent": "nova"}), "the site: found nova as parent of nova; allowed: none"),
        (
            site({**NOVA, "parent": "b"}, {**NOVA, "id": "b", "parent": "nova"}),
            "the site: found nova as parent of nova; allowed: none",
        ),
        (site({**NOVA, "status": "asleep"}), "/services/nova/status: found 'asleep'; allowed: 'active'"),
        (site({**NOVA, "settings": {"a": {}}}), "/services/nova/settings/a: found a mapping; allowed: a valid string"),
        (site(status_until="tomorrow"), "/status_until: found 'tomorrow'"),
        (site(owners=[{"issuer": "https://x"}]), "/owners/0/subject: is missing"),
        ({"services": []}, "/name: is missing"),
        (site({"type": "org.openstack.nova"}), "/services/0/id: is missing"),
        (site({**NOVA, "flavours": [{"name": "x"}]}), "/services/nova/flavours/0/id: is missing"),
    ],
)
def test_what_makes_no_site_is_refused_with_its_place(wrong: dict[str, Json], says: str) -> None:
    assert any(says in fault for fault in faults(Layer(FILE, wrong)))


def test_a_correction_of_something_that_nobody_describes_is_dormant() -> None:
    hand = {"services": [{"id": "gone", "quota": {"cpus": 1}}, {"id": "nova", "flavours": [{"id": "f", "gpus": 1}]}]}
    whole = assembled([Layer(HAND, hand), Layer(FILE, site(NOVA))])
    assert [service.id for service in whole.record.services] == ["nova"]
    assert whole.record.services[0].flavours == ()
    assert {fault.path.rsplit("/", 1)[0] for fault in whole.dormant} == {"/services/gone", "/services/nova/flavours/f"}
    assert not any(path.startswith(("/services/gone", "/services/nova/flavours")) for path in whole.provenance)


def test_nonsense_that_was_discovered_is_left_out_and_what_people_say_wrongly_is_not() -> None:
    nonsense = {"services": [{"id": "nova", "quota": {"cpus": -1, "gpus": 2}}]}
    whole = assembled([Layer(FILE, site(NOVA)), Layer(DISCOVERED, nonsense)])
    assert (whole.record.services[0].quota.cpus, whole.record.services[0].quota.gpus) == (None, 2)
    assert faults(Layer(FILE, site(NOVA)), Layer(HAND, nonsense)) == [
        "/services/nova/quota/cpus: found -1; allowed: greater than or equal to 0"
    ]


def test_the_order_in_which_layers_come_does_not_matter() -> None:
    layers = [Layer(FILE, site(NOVA)), Layer(HAND, {"name": "B"}), Layer(DISCOVERED, {"name": "C", "country": "IT"})]
    assert assembled(layers) == assembled(layers[::-1])
    assert assembled(layers).provenance["/name"] == HAND


@pytest.mark.parametrize(
    ("of_the_site", "of_the_service", "expected"),
    [
        ("active", "active", ServiceStatus.ACTIVE),
        ("maintenance", "active", ServiceStatus.MAINTENANCE),
        ("limited", "maintenance", ServiceStatus.MAINTENANCE),
        ("removed", "active", ServiceStatus.REMOVED),
        ("active", "limited", ServiceStatus.LIMITED),
    ],
)
def test_the_graver_status_of_site_and_service_holds(
    of_the_site: str, of_the_service: str, expected: ServiceStatus
) -> None:
    assert only(site({**NOVA, "status": of_the_service}, status=of_the_site)).status is expected


def test_a_status_holds_until_its_end_and_not_beyond() -> None:
    end = NOON + timedelta(hours=1)
    record = assembled(
        [Layer(FILE, site({**NOVA, "status": "limited", "status_until": end.isoformat()}))]
    ).record  # fmt: skip
    assert next_change(record, NOON) == end
    assert next_change(record, end) is None
    before, after = (described(SiteId("bari"), record, at).services[0].status for at in (NOON, end))
    assert (before, after) == (ServiceStatus.LIMITED, ServiceStatus.ACTIVE)


def test_a_service_has_what_its_region_has_unless_it_says_otherwise() -> None:
    regions = {"south": {"overbooking_cpu": 4, "bandwidth_in": 10, "location": {"country": "IT", "latitude": 41.1}}}
    whole = told(site({**NOVA, "region": "south", "bandwidth_in": 1}, {**NOVA, "id": "b"}, regions=regions))
    first, second = whole.services
    assert (first.overbooking_cpu, first.bandwidth_in, second.overbooking_cpu) == (4, 1, 1)
    assert (whole.country, whole.latitude) == ("IT", 41.1)


def test_users_of_an_identity_provider_are_let_in() -> None:
    providers = [{"issuer": "https://b.example.org", "protocol": "openid", "audience": "cloud"}]
    whole = told(site(issuers=["https://a.example.org"], identity_providers=providers))
    assert whole.issuers == ("https://a.example.org", "https://b.example.org")
    assert whole.identity_providers[0].audience == "cloud"
