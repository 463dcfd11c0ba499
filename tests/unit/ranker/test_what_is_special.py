"""Filters on what only some ask for: volumes, containers, data, accounts of one's own; and on what cannot be read."""

from datetime import timedelta

import pytest

from shared.contracts.deployments import DeploymentRequested
from shared.contracts.ranking import VolumePlacement
from shared.contracts.sites import Network, OfferedService, SiteDescribed, VolumeType
from shared.contracts.topology import (
    ContainerNeeds,
    DataNeeds,
    DataService,
    NetworkKind,
    Node,
    PlacementPolicy,
    TopologyKind,
    VolumeNeeds,
)
from shared.contracts.vocabulary import AgreementId, BackendName, ServiceId, Wishes
from tests.support.builders import NOON, a_compute_node, a_request, a_service, a_site, a_topology, an_agreement
from tests.unit.ranker.ranked import ranked, sites_in, the_candidate, the_rejection

FAST = VolumeType(name="ceph-ssd", quality="fast")
SLOW = VolumeType(name="fast", quality="slow")


def site_with(**what: object) -> SiteDescribed:
    return a_site("cineca", a_service().model_copy(update=what))


def asking_volume(kind: str) -> DeploymentRequested:
    disk = Node(name="disk", type="tosca.nodes.BlockStorage", volume=VolumeNeeds(size=10, type=kind))
    return a_request(topology=a_topology(a_compute_node(), disk))


@pytest.mark.parametrize(
    ("asked", "types", "given"),
    [("ceph-ssd", (FAST,), "ceph-ssd"), ("fast", (FAST,), "ceph-ssd"), ("fast", (FAST, SLOW), "fast")],
)
def test_a_volume_type_is_found_by_its_name_or_else_by_its_quality(
    asked: str, types: tuple[VolumeType, ...], given: str
) -> None:
    for listed in (types, types[::-1]):
        candidate = the_candidate(ranked(site_with(volume_types=listed), an_agreement(), request=asking_volume(asked)))
        assert candidate.volumes == (VolumePlacement(node="disk", type=given),)


def test_a_volume_type_that_is_not_there_is_a_reason() -> None:
    rejection = the_rejection(ranked(site_with(volume_types=(FAST,)), an_agreement(), request=asking_volume("tape")))
    assert (rejection.filter, rejection.needed, rejection.available) == (
        "volume",
        "volume type tape",
        "ceph-ssd, fast",
    )


def asking_container(**needs: object) -> DeploymentRequested:
    node = Node(name="app", type="t", container=ContainerNeeds.model_validate(needs), count=2)
    return a_request(topology=a_topology(node, kind=TopologyKind.CONTAINER_SERVICE))


@pytest.mark.parametrize(
    ("support", "needs", "missing"),
    [
        ({}, {"cpus": 1}, None),
        ({}, {"gpus": 1}, "GPUs"),
        ({"gpu_support": True}, {"gpus": 1}, None),
        ({"gpu_support": True}, {"gpus": 1, "secrets": True}, "secrets"),
        ({"secrets_support": False}, {"gpus": 1, "secrets": True}, "GPUs and secrets"),
    ],
)
def test_containers_run_where_what_they_want_is_promised(
    support: dict[str, bool], needs: dict[str, object], missing: str | None
) -> None:
    site = site_with(kinds=(TopologyKind.CONTAINER_SERVICE,), **support)
    ranking = ranked(site, an_agreement(), request=asking_container(**needs))
    if missing is None:
        assert sites_in(ranking) == ["cineca"]
    else:
        assert the_rejection(ranking).needed == f"containers with {missing}"


def test_containers_take_room_like_machines_do() -> None:
    site = a_site("cineca", a_service(kinds=[TopologyKind.CONTAINER_SERVICE]))
    limited = an_agreement().model_copy(update={"limits": an_agreement().limits.model_copy(update={"cpus": 3.0})})
    rejection = the_rejection(ranked(site, limited, request=asking_container(cpus=2, memory=512)))
    assert (rejection.needed, rejection.available) == ("4 cpus", "3 cpus")


STORAGE = OfferedService(
    id=ServiceId("store"),
    type="storage",
    backend=BackendName(""),
    kinds=(),
    endpoint="https://store",
    rse="CNAF",
    spaces=("s1",),
)


@pytest.mark.parametrize(
    ("need", "fits"),
    [
        (DataNeeds(node="n", service=DataService.RUCIO), True),
        (DataNeeds(node="n", service=DataService.RUCIO, at="CNAF"), True),
        (DataNeeds(node="n", service=DataService.RUCIO, at="KIT"), False),
        (DataNeeds(node="n", service=DataService.ONEDATA, names=("s1",)), True),
        (DataNeeds(node="n", service=DataService.ONEDATA, names=("s1", "s2")), False),
        (DataNeeds(node="n", service=DataService.URL, names=("https://x",)), True),
    ],
)
def test_data_that_must_be_near_decide_the_site(need: DataNeeds, *, fits: bool) -> None:
    request = a_request(topology=a_topology().model_copy(update={"data": (need,)}))
    ranking = ranked(a_site("cineca", a_service(), STORAGE), an_agreement(), request=request)
    assert bool(sites_in(ranking)) is fits
    assert ("data" in {rejection.filter for rejection in ranking.rejected}) is not fits


def test_a_site_near_the_data_comes_first() -> None:
    need = DataNeeds(node="n", service=DataService.OBJECT_STORE, at="https://store")
    request = a_request(topology=a_topology().model_copy(update={"data": (need,)}))
    facts = (a_site("bari"), an_agreement("bari"), a_site("recas", a_service("recas-compute"), STORAGE))
    assert sites_in(ranked(*facts, an_agreement("recas"), request=request)) == ["recas", "bari"]


def test_a_service_that_wants_accounts_of_one_s_own_is_for_those_who_name_its_agreement() -> None:
    site = site_with(credentials_required=True)
    assert the_rejection(ranked(site, an_agreement())).filter == "credentials"
    wish = a_request(wishes=Wishes(agreements=(AgreementId("sla-cineca-biomed"),)))
    assert sites_in(ranked(site, an_agreement(), request=wish)) == ["cineca"]


def test_what_could_not_be_read_for_long_is_out_and_until_then_comes_later() -> None:
    def unread(ago: timedelta) -> SiteDescribed:
        return site_with(unreachable_since=NOON - ago)

    rejection = the_rejection(ranked(unread(timedelta(hours=7)), an_agreement()))
    assert (rejection.filter, rejection.available) == ("reachable", "unreachable since 2026-03-02 05:00 UTC")
    facts = (unread(timedelta(hours=5)), an_agreement(), a_site("recas"), an_agreement("recas"))
    assert sites_in(ranked(*facts)) == ["recas", "cineca"]


def test_an_isolated_network_without_addresses_is_no_use() -> None:
    node = Node(name="net", type="t", network=NetworkKind.ISOLATED)
    networks = (Network(id="n1", name="n1", kind=NetworkKind.ISOLATED),)
    request = a_request(topology=a_topology(a_compute_node(), node))
    rejection = the_rejection(ranked(site_with(networks=networks), an_agreement(), request=request))
    assert (rejection.filter, rejection.available) == ("network", "n1 without addresses")


def test_two_policies_that_name_two_agreements_cannot_both_be_met() -> None:
    policies = tuple(
        PlacementPolicy(
            name=name,
            type="tosca.policies.indigo.SlaPlacement",
            targets=(f"{name}-node",),
            properties={"sla_id": f"sla-{name}"},
        )
        for name in ("front", "back")
    )
    request = a_request(topology=a_topology().model_copy(update={"policies": policies}))
    agreements = [
        an_agreement().model_copy(update={"agreement": AgreementId(f"sla-{name}")}) for name in ("front", "back")
    ]
    rejection = the_rejection(ranked(a_site(), *agreements, request=request))
    assert rejection.filter == "wished-agreement"
    assert "The policy front for front-node wants agreement sla-front" in rejection.sentence
    assert "the policy back for back-node wants sla-back" in rejection.sentence


def test_a_service_that_only_stores_data_is_no_place_to_run() -> None:
    ranking = ranked(a_site("cineca", STORAGE), an_agreement())
    assert {rejection.filter for rejection in ranking.rejected} >= {"kind"}
