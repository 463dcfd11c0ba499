"""Projects, users, machines: whose room a deployment takes, and what is said of it."""

import pytest

from services.ranker.app.answer import holdings
from services.ranker.domain.amounts import Amounts
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.held import Account
from services.ranker.domain.rank import Ranking
from shared.contracts.agreements import AgreementChanged
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.sites import Flavour, Project, ProjectUsage, Quantities, SiteDescribed, SiteObserved
from shared.contracts.vocabulary import AgreementId, ServiceId, SiteId
from tests.support.builders import GROUP, ISSUER, NOON, a_compute_node, a_request, a_service, a_site, a_topology
from tests.support.builders import an_agreement as agreed
from tests.unit.ranker.ranked import ranked, seen, sites_in, some_books, the_candidate, the_rejection

ADA = f"{ISSUER} ada"
ONE = Quantities(instances=1)


def with_projects(*projects: Project, quota: Quantities | None = None) -> SiteDescribed:
    return a_site("cineca", a_service(quota=quota).model_copy(update={"projects": projects}))


def a_project(name: str, *groups: str, **what: object) -> Project:
    return Project.model_validate({"id": name, "name": name, "groups": groups or (GROUP,), **what})


def an_agreement(**what: object) -> AgreementChanged:
    return agreed().model_copy(update=what)


def holding_of(ranking: Ranking, request: DeploymentRequested, books: Books | None = None) -> Books:
    books = books or some_books()
    books.enter(holdings(request, ranking, NOON))
    return books


def test_a_group_is_placed_in_its_own_project() -> None:
    site = with_projects(a_project("a", "physics"), a_project("b", GROUP, "physics"))
    assert the_candidate(ranked(site, agreed())).project == "b"


def test_a_project_that_names_no_group_is_for_all() -> None:
    site = with_projects(Project(id="open", name="open"))
    assert the_candidate(ranked(site, agreed())).project == "open"


def test_a_service_without_a_project_for_the_group_says_so_once() -> None:
    rejection = the_rejection(ranked(with_projects(a_project("a", "x"), a_project("b", "y")), agreed()))
    assert (rejection.filter, rejection.needed) == ("project", "a project for biomed")


def test_of_several_projects_the_first_with_room_is_taken() -> None:
    site = with_projects(a_project("a", quota=Quantities(instances=0)), a_project("b", quota=ONE))
    request = a_request()
    ranking = ranked(site, agreed(), request=request)
    assert the_candidate(ranking).project == "b"
    rejection = the_rejection(ranked(site, agreed(), books=holding_of(ranking, request)))
    assert rejection.filter == "free-quota"


def test_a_project_is_as_full_as_its_service_counts_and_as_we_have_filled_it_since() -> None:
    site, request = with_projects(a_project("a", quota=Quantities(instances=5))), a_request()
    used = (ProjectUsage(project="a", used=Quantities(instances=4)), ProjectUsage(project="b", used=ONE))
    counted: SiteObserved = seen().model_copy(update={"projects": used})
    ranking = ranked(site, agreed(), counted)
    assert sites_in(ranking) == ["cineca"]
    full = ranked(site, agreed(), counted, books=holding_of(ranking, request))
    assert the_rejection(full).sentence == "cineca-compute of CINECA has 0 of 5 instances free; 1 instances needed."


def test_a_project_has_only_the_flavours_and_images_it_names() -> None:
    flavours = [Flavour(id=name, name=name, cpus=4, memory=8192) for name in ("f1", "f2")]
    service = a_service(flavours=flavours).model_copy(update={"projects": (a_project("a", flavours=("f2",)),)})
    assert the_candidate(ranked(a_site("cineca", service), agreed())).nodes[0].flavour == "f2"
    service = a_service().model_copy(update={"projects": (a_project("a", images=("other",)),)})
    assert the_rejection(ranked(a_site("cineca", service), agreed())).filter == "image"


@pytest.mark.parametrize("limited", ["agreement", "project"])
def test_a_user_may_have_so_much_and_another_user_as_much_again(limited: str) -> None:
    project = a_project("a", user_quota=ONE) if limited == "project" else a_project("a")
    agreement = an_agreement(user_limits=ONE) if limited == "agreement" else agreed()
    site, request = with_projects(project), a_request()
    books = holding_of(ranked(site, agreement, request=request), request)
    again, other = a_request("d-2"), a_request("d-3", owner="grace")
    assert the_rejection(ranked(site, agreement, request=again, books=books)).filter == "free-quota"
    assert sites_in(ranked(site, agreement, request=other, books=books)) == ["cineca"]


def test_what_a_user_is_known_to_hold_counts() -> None:
    account = Account(SiteId("cineca"), ServiceId("cineca-compute"), AgreementId("sla-cineca-biomed"))
    books = some_books(Recalled(shares={(ADA, account): Amounts(instances=1)}))
    assert the_rejection(ranked(a_site(), an_agreement(user_limits=ONE), books=books)).available == "0 instances"


def test_an_agreement_may_limit_each_machine() -> None:
    small = an_agreement(instance_limits=Quantities(cpus=1))
    rejection = the_rejection(ranked(a_site(), small))
    assert rejection.sentence == "Agreement sla-cineca-biomed allows a machine 1 cpus at most; 2 cpus needed."
    two = a_request(topology=a_topology(a_compute_node(count=5)))
    assert sites_in(ranked(a_site(), an_agreement(instance_limits=Quantities(cpus=2)), request=two)) == ["cineca"]


def test_a_limit_that_nobody_knows_lets_pass_but_counts_against_the_site() -> None:
    known, unknown = agreed("recas"), agreed("bari").model_copy(update={"unknown": ("cpus",)})
    ranking = ranked(a_site("bari"), unknown, a_site("recas"), known)
    assert sites_in(ranking) == ["recas", "bari"]
    sentences = [term.sentence for term in ranking.candidates[1].score.terms if term.name == "unknown-limit"]
    assert sentences[0].startswith("Agreement sla-bari-biomed limits cpus, and nobody knows to how much.")


def test_a_candidate_says_what_is_left_of_each_limit() -> None:
    site = with_projects(a_project("a", quota=Quantities(cpus=10)), quota=Quantities(cpus=100))
    agreement = an_agreement(limits=Quantities(memory=100_000))
    lines = the_candidate(ranked(site, agreement, seen(used=Quantities(cpus=90)))).quota
    assert {(line.of, line.quantity): (line.limit, line.used, line.to_use, line.free) for line in lines} == {
        ("service", "cpus"): (100, 90, 2, 8),
        ("service", "memory"): (None, 0, 4096, None),
        ("service", "instances"): (None, 0, 1, None),
        ("project", "cpus"): (10, 0, 2, 8),
        ("agreement", "memory"): (100_000, 0, 4096, 95_904),
    }


def test_priorities_for_a_type_of_service_win_over_the_common_one() -> None:
    low = agreed("bari", priority=5).model_copy(update={"priorities": {"org.openstack.nova": 0}})
    assert sites_in(ranked(a_site("bari"), low, a_site("recas"), agreed("recas", priority=1))) == ["recas", "bari"]
