"""The old ranker's arithmetic, and the strategy that orders by it."""

from datetime import timedelta

import pytest

from services.ranker.domain.cpr import Promised, agreement_points, metric_points, points
from services.ranker.domain.rank import Method, rank
from services.ranker.domain.weights import Weights
from shared.contracts.agreements import AgreementChanged, Target
from shared.contracts.message import Message
from shared.contracts.sites import SiteDescribed, SiteObserved
from shared.contracts.vocabulary import ServiceId
from tests.support.builders import NOON, a_request, a_service, a_site, an_agreement
from tests.unit.ranker.ranked import a_federation, everything_found, seen, some_books

NOVA, MESOS = "org.openstack.nova", "eu.indigo-datacloud.mesos"
GOOD = {
    "create_result": 1.0,
    "create_responseTime": 500.0,
    "run_result": 1.0,
    "run_responseTime": 1000.0,
    "delete_result": 1.0,
    "delete_responseTime": 100.0,
}


def promising(site: str, *targets: tuple[str, float], priority: int = 0) -> AgreementChanged:
    agreed = tuple(Target(type=name, total_guaranteed=amount) for name, amount in targets)
    return an_agreement(site, priority=priority).model_copy(update={"targets": agreed})


def measured(site: str, ago: int = 30, **metrics: float) -> SiteObserved:
    return seen(site, ago=timedelta(seconds=ago)).model_copy(update={"metrics": metrics})


def in_order(*facts: Message, defects: bool = False) -> list[tuple[str, float]]:
    """Sites with their sums."""
    filters, terms, known = everything_found()
    weights = Weights(legacy_defects=defects)
    method = Method(filters, terms, known["legacy-cpr"], weights)
    ranking = rank(a_request(), a_federation(*facts), some_books(), NOON, method)
    return [(one.site, one.score.index) for one in ranking.candidates]


def test_check_values_of_the_old_ranker_come_out() -> None:
    few = [Promised("public_ip", [3]), Promised("computing_time", [260])]
    assert agreement_points(few, defects=True) == pytest.approx(7.316)
    many = [Promised("public_ip", [215]), Promised("computing_time", [170])]
    fast = {"create_result": 1, "create_responseTime": 586, "run_result": 1, "run_responseTime": 586}
    found = points(NOVA, many, fast, defects=True)
    assert found.agreement == pytest.approx(215 + 2.822)
    assert found.total == pytest.approx(218.1633, abs=1e-4)


@pytest.mark.parametrize(("defects", "total"), [(True, 2 * 0.0166 + 5 * 0.0166), (False, 2 * 0.0166 + 5)])
def test_the_factor_of_hours_leaks_to_the_next_target_only_with_the_defects(*, defects: bool, total: float) -> None:
    targets = [Promised("computing_time", [2]), Promised("num_cpus", [5])]
    assert agreement_points(targets, defects=defects) == pytest.approx(total)


def test_what_follows_a_restriction_that_is_nothing_is_lost_only_with_the_defects() -> None:
    targets = [Promised("public_ip", [2]), Promised("public_ip", [1, None]), Promised("public_ip", [4])]
    assert agreement_points(targets, defects=True) == 2
    assert agreement_points(targets, defects=False) == 7


def test_without_targets_there_is_no_sum_rather_than_zero() -> None:
    assert agreement_points([], defects=False) is None
    assert metric_points("eu.deep.kubernetes", GOOD, defects=False) is None


def test_all_three_steps_count_by_their_speed() -> None:
    assert metric_points(NOVA, GOOD, defects=True) == pytest.approx(100 / 500 + 100 / 1000 + 10 / 100)


@pytest.mark.parametrize(("defects", "total"), [(True, 0.2), (False, 0.3)])
def test_a_missing_metric_ends_the_sum_only_with_the_defects(*, defects: bool, total: float) -> None:
    missing = {name: value for name, value in GOOD.items() if name != "run_result"}
    assert metric_points(NOVA, missing, defects=defects) == pytest.approx(total)


def test_a_step_that_failed_or_took_no_time_counts_for_nothing() -> None:
    assert metric_points(NOVA, GOOD | {"create_result": 0, "run_responseTime": 0}, defects=True) == pytest.approx(0.1)


@pytest.mark.parametrize(("defects", "total"), [(True, 2.0), (False, 8.0)])
def test_cores_of_mesos_are_found_by_the_name_they_have_only_without_the_defects(
    *, defects: bool, total: float
) -> None:
    told = {"master.cpus_total": 10, "master.cpus_used": 4, "master.mem_total": 4096, "master.mem_used": 2048}
    assert metric_points(MESOS, told, defects=defects) == pytest.approx(total)


def test_the_larger_agreement_comes_first_whatever_was_seen() -> None:
    facts = (a_site("bari"), promising("bari", ("public_ip", 10)), seen("bari"))
    more = (a_site("cineca"), promising("cineca", ("public_ip", 11)), seen("cineca", available=False))
    assert in_order(*facts, *more) == [("cineca", 11), ("bari", 10)]


def test_priority_goes_before_the_sum() -> None:
    facts = (a_site("bari"), promising("bari", ("public_ip", 10), priority=1))
    assert in_order(*facts, a_site("cineca"), promising("cineca", ("public_ip", 11))) == [("bari", 10), ("cineca", 11)]


def test_of_two_measurements_of_one_thing_the_later_counts() -> None:
    late = measured("cineca", 10, **GOOD).model_copy(update={"collector": "z"})
    early = measured("cineca", 60, **(GOOD | {"create_responseTime": 1.0}))
    ((_, total),) = in_order(a_site(), promising("cineca", ("public_ip", 1)), early, late)
    assert total == pytest.approx(1.4)


def test_the_parent_s_sum_counts_too() -> None:
    machines, own = a_service("parent", kinds=()), a_service("cineca-compute")
    site = a_site("cineca", own.model_copy(update={"parent": ServiceId("parent")}), machines)
    target = Target(service=ServiceId("parent"), type="public_ip", total_limit=7)
    agreement = promising("cineca", ("public_ip", 1)).model_copy(
        update={"targets": (target, Target(service=ServiceId("cineca-compute"), type="public_ip", total_limit=1))}
    )
    assert in_order(site, agreement) == [("cineca", 8)]


def two_that_promise_little() -> tuple[SiteDescribed | AgreementChanged, ...]:
    return (a_site("bari"), an_agreement("bari", priority=1), a_site("cineca"), promising("cineca", ("public_ip", 1)))


def test_what_the_old_ranker_left_out_comes_last_with_the_defects_and_in_its_place_without() -> None:
    assert in_order(*two_that_promise_little()) == [("bari", 0), ("cineca", 1)]
    assert in_order(*two_that_promise_little(), defects=True) == [("cineca", 1), ("bari", 0)]


def test_equals_keep_the_order_of_their_names() -> None:
    facts = [fact for name in ("recas", "bari") for fact in (a_site(name), promising(name, ("public_ip", 1)))]
    assert [site for site, _ in in_order(*facts)] == ["bari", "recas"]
