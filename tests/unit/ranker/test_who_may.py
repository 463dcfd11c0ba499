"""Filters on what is allowed and wished for."""

from datetime import timedelta

import pytest

from shared.contracts.agreements import AgreementChanged, AgreementState
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.sites import ServiceStatus, SiteWithdrawn
from shared.contracts.topology import PlacementPolicy, TopologyKind
from shared.contracts.vocabulary import AgreementId, SiteId, Wishes
from tests.support.builders import NOON, a_request, a_service, a_site, a_topology, an_agreement
from tests.unit.ranker.ranked import filters_in, ranked, sites_in, the_candidate, the_rejection


def test_a_group_with_an_agreement_in_force_may_use_the_site() -> None:
    assert the_candidate(ranked()).agreement == "sla-cineca-biomed"


def test_a_group_without_an_agreement_may_not_use_the_site() -> None:
    rejection = the_rejection(ranked(a_site(), an_agreement(group="physics")))
    assert (rejection.filter, rejection.available) == ("agreement", "none")
    assert rejection.sentence == "biomed has no agreement with CINECA."


def test_a_request_for_no_group_fits_nowhere() -> None:
    rejection = the_rejection(ranked(request=a_request(group=None)))
    assert rejection.filter == "agreement"
    assert "no group" in rejection.sentence


@pytest.mark.parametrize(
    ("agreement", "why"),
    [
        (an_agreement(state=AgreementState.SUSPENDED), "is suspended"),
        (an_agreement(state=AgreementState.TERMINATED), "is terminated"),
        (an_agreement(starts=NOON + timedelta(days=1)), "begins on 2026-03-03"),
        (an_agreement(ends=NOON), "ended on 2026-03-02"),
        (an_agreement(services=["cineca-storage"]), "does not cover cineca-compute"),
        (an_agreement().model_copy(update={"issuer": "https://other.example.org/"}), "is for users of https://other"),
    ],
)
def test_an_agreement_that_is_not_in_force_for_the_user_says_why(agreement: AgreementChanged, why: str) -> None:
    rejection = the_rejection(ranked(a_site(), agreement))
    assert rejection.filter == "agreement"
    assert why in rejection.sentence


def test_an_agreement_lasts_until_its_last_moment() -> None:
    assert sites_in(ranked(a_site(), an_agreement(ends=NOON + timedelta(seconds=1)))) == ["cineca"]


def test_an_agreement_that_was_renewed_is_in_force_again() -> None:
    suspended = an_agreement(state=AgreementState.SUSPENDED)
    assert sites_in(ranked(a_site(), suspended, an_agreement())) == ["cineca"]


def test_a_site_lets_in_only_users_of_issuers_it_trusts() -> None:
    rejection = the_rejection(ranked(a_site(issuers=["https://other.example.org/"]), an_agreement()))
    assert rejection.filter == "issuer"
    assert rejection.available == "https://other.example.org/"


@pytest.mark.parametrize("status", [ServiceStatus.MAINTENANCE, ServiceStatus.LIMITED, ServiceStatus.REMOVED])
def test_only_an_active_service_gets_new_work(status: ServiceStatus) -> None:
    site = a_site("cineca", a_service(status=status))
    assert the_rejection(ranked(site, an_agreement())).filter == "status"


def test_a_service_takes_only_its_kinds_of_template() -> None:
    request = a_request(topology=a_topology(kind=TopologyKind.HELM_RELEASE))
    rejection = the_rejection(ranked(request=request))
    assert (rejection.filter, rejection.needed, rejection.available) == ("kind", "helm-release", "infrastructure")


def test_a_user_who_wishes_for_a_site_gets_no_other() -> None:
    facts = (a_site("cineca"), an_agreement("cineca"), a_site("recas"), an_agreement("recas"))
    ranking = ranked(*facts, request=a_request(wishes=Wishes(sites=(SiteId("recas"),))))
    assert sites_in(ranking) == ["recas"]
    assert filters_in(ranking) == {"wishes"}


def test_a_user_who_wishes_for_a_region_gets_no_other() -> None:
    rejection = the_rejection(ranked(request=a_request(wishes=Wishes(regions=("bari",)))))
    assert (rejection.filter, rejection.available) == ("wishes", "no region")


def test_a_user_who_wishes_for_an_agreement_is_placed_under_it() -> None:
    better = an_agreement(priority=9).model_copy(update={"agreement": AgreementId("sla-gold")})
    wish = a_request(wishes=Wishes(agreements=(AgreementId("sla-cineca-biomed"),)))
    assert the_candidate(ranked(a_site(), better, an_agreement(), request=wish)).agreement == "sla-cineca-biomed"
    other = a_request(wishes=Wishes(agreements=(AgreementId("sla-silver"),)))
    assert the_rejection(ranked(a_site(), better, an_agreement(), request=other)).filter == "wished-agreement"


def test_a_placement_policy_of_the_template_chooses_the_agreement_and_the_region() -> None:
    def asking(**properties: str) -> DeploymentRequested:
        policy = PlacementPolicy(name="there", type="tosca.policies.indigo.SlaPlacement", properties=properties)
        return a_request(topology=a_topology().model_copy(update={"policies": (policy,)}))

    assert sites_in(ranked(request=asking(sla_id="sla-cineca-biomed"))) == ["cineca"]
    assert the_rejection(ranked(request=asking(sla_id="sla-1"))).filter == "wished-agreement"
    assert the_rejection(ranked(request=asking(sla_id="sla-cineca-biomed", region="bari"))).filter == "wishes"


def test_a_user_is_told_every_reason_why_a_site_is_not_allowed() -> None:
    site = a_site("cineca", a_service(status=ServiceStatus.MAINTENANCE), issuers=[])
    assert filters_in(ranked(site)) == {"agreement", "issuer", "status"}


def test_a_withdrawn_site_is_no_site() -> None:
    ranking = ranked(a_site(), an_agreement(), SiteWithdrawn(site=SiteId("cineca")))
    assert not ranking.candidates
    assert not ranking.rejected
