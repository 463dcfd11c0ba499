"""Filters on what a service has: images, flavours, networks."""

from itertools import permutations

import pytest

from services.ranker.domain.rank import Ranking
from shared.contracts.sites import Flavour, Image, Network, OfferedService
from shared.contracts.topology import ComputeNeeds, ImageNeeds, NetworkKind, Node, TopologyKind
from tests.support.builders import a_compute_node, a_request, a_service, a_site, a_topology, an_agreement
from tests.unit.ranker.ranked import ranked, the_candidate, the_rejection

SMALL = Flavour(id="s", name="small", cpus=1, memory=2048, disk=10)
MEDIUM = Flavour(id="m", name="medium", cpus=2, memory=4096, disk=20)
LARGE = Flavour(id="l", name="large", cpus=8, memory=16384, disk=80)
ACCELERATED = Flavour(id="g", name="gpu", cpus=2, memory=4096, disk=20, gpus=1, gpu_vendor="NVIDIA", gpu_model="A100")
INFINIBAND = Flavour(id="i", name="ib", cpus=2, memory=4096, disk=20, infiniband=True)
JAMMY = Image(id="1", name="jammy", architecture="x86_64", type="linux", distribution="ubuntu", version="22.04")
NOBLE = Image(id="2", name="noble", architecture="x86_64", type="linux", distribution="ubuntu", version="24.04")
CUDA = JAMMY.model_copy(update={"id": "3", "name": "jammy-cuda", "gpu_driver": True, "cuda_support": True})


def placed(service: OfferedService, *nodes: Node) -> Ranking:
    return ranked(a_site("cineca", service), an_agreement(), request=a_request(topology=a_topology(*nodes)))


def a_node(**needs: object) -> Node:
    return Node(name="server", type="tosca.nodes.Compute", compute=ComputeNeeds.model_validate(needs))


def flavour_for(node: Node, *flavours: Flavour) -> str | None:
    return the_candidate(placed(a_service(flavours=flavours), node)).nodes[0].flavour


def image_for(needs: ImageNeeds, *images: Image) -> str | None:
    return the_candidate(placed(a_service(images=images), a_compute_node(image=needs))).nodes[0].image


@pytest.mark.parametrize("listed", [*permutations([SMALL, MEDIUM, LARGE, ACCELERATED])])
def test_a_machine_gets_the_smallest_flavour_that_is_big_enough_in_whatever_order(listed: tuple[Flavour, ...]) -> None:
    assert flavour_for(a_node(cpus=2, memory=4096), *listed) == "m"


def test_every_size_counts() -> None:
    flavours = (SMALL, MEDIUM, LARGE)
    assert flavour_for(a_node(), *flavours) == "s"
    assert flavour_for(a_node(cpus=1, memory=2049), *flavours) == "m"
    assert flavour_for(a_node(disk=21), *flavours) == "l"


def test_special_hardware_goes_to_those_who_ask_for_it() -> None:
    flavours = (ACCELERATED, INFINIBAND, LARGE)
    assert flavour_for(a_node(cpus=2), *flavours) == "l"
    assert flavour_for(a_node(cpus=2, infiniband=True), *flavours) == "i"
    assert flavour_for(a_node(gpus=1, gpu_vendor="nvidia", gpu_model="a100"), *flavours) == "g"


def test_a_machine_that_is_too_big_says_how_big_the_flavours_are() -> None:
    rejection = the_rejection(placed(a_service(flavours=[SMALL, LARGE]), a_node(cpus=16, memory=4096)))
    assert rejection.filter == "flavour"
    assert rejection.needed == "16 cpus, 4096 MB memory"
    assert rejection.available == "at most 8 cpus, 16384 MB memory, 80 GB disk, 0 gpus"
    assert "has no flavour for server" in rejection.sentence


def test_another_gpu_is_not_the_one_that_is_asked_for() -> None:
    assert (
        the_rejection(placed(a_service(flavours=[ACCELERATED]), a_node(gpus=1, gpu_model="H100"))).filter == "flavour"
    )


def test_a_flavour_asked_for_by_name_is_that_one_or_none() -> None:
    assert flavour_for(a_node(instance_type="large", cpus=1), SMALL, LARGE) == "l"
    rejection = the_rejection(placed(a_service(flavours=[SMALL, LARGE]), a_node(instance_type="huge")))
    assert (rejection.needed, rejection.available) == ("named huge", "small, large")


def test_a_service_that_lists_no_flavours_takes_any_size_but_promises_no_gpu() -> None:
    assert flavour_for(a_node(cpus=64)) is None
    assert the_rejection(placed(a_service(flavours=[]), a_node(gpus=1))).filter == "flavour"


def test_every_machine_is_placed_with_its_own_flavour_and_image() -> None:
    front = Node(name="front", type="t", compute=ComputeNeeds(cpus=1, image=ImageNeeds(image="noble")))
    back = Node(name="back", type="t", compute=ComputeNeeds(cpus=8, image=ImageNeeds(version="22.04")))
    nodes = the_candidate(placed(a_service(flavours=[LARGE, SMALL], images=[JAMMY, NOBLE]), front, back)).nodes
    assert [(node.node, node.flavour, node.image) for node in nodes] == [("front", "s", "2"), ("back", "l", "1")]


@pytest.mark.parametrize("listed", [*permutations([JAMMY, NOBLE, CUDA])])
def test_a_machine_gets_the_newest_plain_image_that_fits_in_whatever_order(listed: tuple[Image, ...]) -> None:
    assert image_for(ImageNeeds(type="linux", distribution="Ubuntu"), *listed) == "2"
    assert image_for(ImageNeeds(version="22.04"), *listed) == "1"
    assert image_for(ImageNeeds(version="22"), *listed) == "1"
    assert image_for(ImageNeeds(gpu_driver=True, cuda_support=True), *listed) == "3"


def test_an_image_asked_for_by_name_or_id_is_that_one_or_none() -> None:
    assert image_for(ImageNeeds(image="jammy"), NOBLE, JAMMY) == "1"
    assert image_for(ImageNeeds(image="1"), NOBLE, JAMMY) == "1"
    named = a_compute_node(image=ImageNeeds(image="centos-7", type="linux"))
    rejection = the_rejection(placed(a_service(images=[JAMMY, NOBLE]), named))
    assert (rejection.filter, rejection.needed, rejection.available) == ("image", "named centos-7", "noble, jammy")


def test_an_image_given_by_its_address_is_taken_as_it_is() -> None:
    assert image_for(ImageNeeds(image="ost://cloud.example.org/77")) == "ost://cloud.example.org/77"


def test_what_a_site_does_not_say_of_an_image_does_not_meet_a_criterion() -> None:
    unsaid = Image(id="9", name="something")
    rejection = the_rejection(placed(a_service(images=[unsaid]), a_compute_node(image=ImageNeeds(type="linux"))))
    assert (rejection.filter, rejection.needed) == ("image", "type linux")


def test_a_machine_that_does_not_care_about_its_image_runs_where_none_is_listed() -> None:
    nothing = Node(name="server", type="t", compute=ComputeNeeds())
    assert the_candidate(placed(a_service(images=[]), nothing)).nodes[0].image is None


def test_a_public_address_needs_a_public_network() -> None:
    private = Network(id="net-1", name="private", kind=NetworkKind.PRIVATE)
    rejection = the_rejection(placed(a_service(networks=[private]), a_compute_node(public_address=True)))
    assert (rejection.filter, rejection.needed, rejection.available) == ("network", "a public network", "private")


def test_every_kind_of_network_asked_for_is_chosen_by_name_in_whatever_order() -> None:
    networks = [
        Network(id=f"net-{name}", name=name, kind=NetworkKind.ISOLATED, cidr="10.0.0.0/24") for name in ("b", "a")
    ]
    isolated = Node(name="net", type="tosca.nodes.network.Network", network=NetworkKind.ISOLATED)
    for listed in permutations(networks):
        candidate = the_candidate(placed(a_service(networks=listed), a_compute_node(), isolated))
        assert [(network.kind, network.network) for network in candidate.networks] == [("isolated", "net-a")]


def test_machines_that_ask_for_no_network_are_told_of_the_usual_ones() -> None:
    networks = [Network(id=kind, name=kind, kind=kind) for kind in NetworkKind]
    candidate = the_candidate(placed(a_service(networks=networks), a_compute_node()))
    assert [network.kind for network in candidate.networks] == [NetworkKind.PRIVATE, NetworkKind.PUBLIC]


def test_containers_need_neither_images_nor_flavours_of_the_site() -> None:
    service = a_service(kinds=[TopologyKind.CONTAINER_JOB], images=(), flavours=(), networks=())
    request = a_request(topology=a_topology(a_compute_node(gpus=1), kind=TopologyKind.CONTAINER_JOB))
    assert the_candidate(ranked(a_site("cineca", service), an_agreement(), request=request)).nodes == ()
