"""Scores and the order of what fits."""

import re
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.ranker.domain.books import Recalled
from services.ranker.domain.experience import EVERY_SORT, Experience
from services.ranker.domain.rank import answer, rank
from services.ranker.domain.strategies.index import index
from services.ranker.domain.weights import Prior, Weights
from shared.contracts.agreements import AgreementState
from shared.contracts.message import Message
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.sites import Quantities, ServiceStatus
from shared.contracts.vocabulary import RankingId, ServiceId, SiteId
from tests.support.builders import NOON, a_request, a_service, a_site, an_agreement
from tests.unit.ranker.ranked import a_federation, a_method, ranked, seen, sites_in, some_books, the_candidate

HOUR = timedelta(hours=1)
ODDS = re.compile(r"\((\S+) log-odds\)$")
TWO = (a_site("bari"), an_agreement("bari"), a_site("cineca"), an_agreement("cineca"))


def worths(*facts: Message, recalled: Recalled | None = None, weights: Weights | None = None) -> dict[str, float]:
    """What each term is worth, in log-odds, as it is said at the end of its sentence."""
    books = some_books(recalled)
    candidate = the_candidate(ranked(a_site(), an_agreement(), *facts, books=books, weights=weights))
    said = {term.name: ODDS.search(term.sentence) for term in candidate.score.terms}
    return {name: float(found[1]) for name, found in said.items() if found}


def failures_at(site: str, failures: float, ago: timedelta = timedelta(0)) -> Recalled:
    place = (SiteId(site), ServiceId(f"{site}-compute"))
    return Recalled(experience={(place, EVERY_SORT): Experience(recent=failures, at=(NOON - ago).timestamp())})


def test_of_equals_the_order_is_that_of_their_names() -> None:
    assert sites_in(ranked(*TWO)) == ["bari", "cineca"]


def test_the_agreement_s_priority_goes_before_everything() -> None:
    facts = (a_site("bari"), an_agreement("bari"), a_site("cineca"), an_agreement("cineca", priority=1))
    assert sites_in(ranked(*facts, seen("bari"), seen("cineca", available=False))) == ["cineca", "bari"]


def test_a_site_that_was_seen_down_comes_after_one_that_nobody_saw() -> None:
    assert sites_in(ranked(*TWO, seen("bari", available=False))) == ["cineca", "bari"]


def test_a_site_that_was_seen_up_comes_before_one_that_nobody_saw() -> None:
    assert sites_in(ranked(*TWO, seen("cineca"))) == ["cineca", "bari"]


def test_the_last_collector_to_look_is_believed() -> None:
    early = seen("bari", available=False, ago=HOUR, collector="zabbix")
    assert sites_in(ranked(*TWO, seen("bari", ago=timedelta(seconds=5)), early)) == ["bari", "cineca"]


def test_who_only_counts_does_not_speak_for_who_looks() -> None:
    counted = seen("bari", available=None, ago=timedelta(seconds=5), collector="usage")
    assert sites_in(ranked(*TWO, seen("bari", available=False), counted)) == ["cineca", "bari"]
    assert worths(seen("cineca", available=None))["observation"] == 0


def test_an_old_observation_says_little() -> None:
    ages = (timedelta(0), timedelta(minutes=10), HOUR)
    assert [worths(seen(available=False, ago=ago))["observation"] for ago in ages] == [-3.0, -1.5, -0.05]


def test_a_site_where_trials_failed_lately_comes_later_and_is_forgiven_with_time() -> None:
    assert sites_in(ranked(*TWO, books=some_books(failures_at("bari", 2)))) == ["cineca", "bari"]
    assert worths(recalled=failures_at("cineca", 2))["recent-failures"] == -1.6
    assert worths(recalled=failures_at("cineca", 2, ago=HOUR))["recent-failures"] == -0.8


def test_a_type_of_service_may_have_its_own_priors() -> None:
    slow = Weights(priors={"org.openstack.nova": Prior(seconds_to_succeed=6000)})
    candidates = [the_candidate(ranked(weights=weights)) for weights in (Weights(), slow)]
    assert candidates[0].score.index > candidates[1].score.index


def test_a_score_shows_its_arithmetic_and_a_sentence_for_each_number() -> None:
    score = the_candidate(ranked(a_site(), an_agreement(), seen())).score
    assert score.expected == pytest.approx(score.success * 600 + (1 - score.success) * 300)
    assert score.index == pytest.approx(score.success / score.expected)
    assert score.terms[-1].name == "expected-time"
    assert all(term.sentence and 0 <= term.value <= 1 for term in score.terms)
    sentences = {term.name: term.sentence for term in score.terms}
    assert sentences["observation"] == "probe saw it available 30 s ago. (+0.48 log-odds)"


def test_a_candidate_says_how_old_each_fact_is() -> None:
    ages = [the_candidate(ranked(*facts)).ages for facts in ((), (a_site(), an_agreement(), seen()))]
    assert [(age.fact, age.age) for age in ages[0]] == [("site", 3600), ("agreement", 3600), ("observation", None)]
    assert ages[1][2].age == 30


def test_what_is_told_is_sites_ranked_or_no_site_fits() -> None:
    some_fit, none_fits = ranked(*TWO), ranked(a_site(), an_agreement(group="physics"))
    told = [answer(a_request(), one, RankingId("r-1"), a_method()) for one in (some_fit, none_fits)]
    assert isinstance(told[0], SitesRanked)
    assert [candidate.site for candidate in told[0].candidates] == ["bari", "cineca"]
    assert isinstance(told[1], NoSiteFits)
    assert [rejection.filter for rejection in told[1].rejected] == ["agreement"]


def test_of_many_that_fit_only_the_best_are_told_and_the_others_say_so() -> None:
    federation = a_federation(*TWO)
    ranking = rank(a_request(), federation, some_books(), NOON, replace(a_method(), most=1))
    assert sites_in(ranking) == ["bari"]
    assert [(one.site, one.filter, one.available) for one in ranking.rejected] == [("cineca", "rank", "place 2")]


def test_without_any_site_no_site_fits() -> None:
    told = answer(a_request(), ranked(an_agreement()), RankingId("r-1"), a_method())
    assert (type(told), told.rejected) == (NoSiteFits, ())


def test_the_mark_of_a_federation_is_that_of_its_messages() -> None:
    one, other = a_federation(*TWO), a_federation(*TWO)
    assert one.mark == other.mark != a_federation(*TWO[:3]).mark


probabilities = some.floats(0.01, 0.99)
durations = some.floats(1, 1e5)


@given(probabilities, probabilities, durations, durations)
def test_the_more_likely_success_is_the_higher_the_index(one: float, other: float, good: float, bad: float) -> None:
    low, high = sorted((one, other))
    assert index(low, good, bad) <= index(high, good, bad) * (1 + 1e-12)


SITES = ("bari", "cineca", "kit", "recas")


@some.composite
def facts_about_many(draw: some.DrawFn) -> list[Message]:
    facts: list[Message] = []
    for name in SITES:
        status = draw(some.sampled_from([ServiceStatus.ACTIVE, ServiceStatus.LIMITED]))
        quota = Quantities(cpus=draw(some.sampled_from([None, 1.0, 2.0, 64.0])))
        facts.append(a_site(name, a_service(f"{name}-compute", status=status, quota=quota)))
        if draw(some.booleans()):
            state = draw(some.sampled_from([AgreementState.ACTIVE, AgreementState.SUSPENDED]))
            facts.append(an_agreement(name, state=state, priority=draw(some.integers(0, 2))))
        for collector in draw(some.sets(some.sampled_from(["probe", "zabbix"]))):
            ago = timedelta(seconds=draw(some.integers(0, 3600)))
            used = Quantities(cpus=draw(some.sampled_from([None, 1.0])))
            facts.append(seen(name, available=draw(some.booleans()), ago=ago, used=used, collector=collector))
    return facts


@given(facts_about_many(), some.randoms())
def test_the_order_in_which_facts_are_told_does_not_matter(facts: list[Message], random: Random) -> None:
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert ranked(*facts) == ranked(*shuffled)


@given(facts_about_many())
def test_every_service_is_a_candidate_or_has_a_reason(facts: list[Message]) -> None:
    ranking = ranked(*facts)
    assert sorted({*sites_in(ranking), *(rejection.site for rejection in ranking.rejected)}) == list(SITES)
    assert not set(sites_in(ranking)) & {rejection.site for rejection in ranking.rejected}
