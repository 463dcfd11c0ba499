"""What operators say beside the arithmetic, and that nothing else can be said."""

import json

import pytest
from pydantic import ValidationError

from services.ranker.domain.books import Books
from services.ranker.domain.rank import Method, Ranking, describe, rank
from services.ranker.domain.rules.condition import Condition
from services.ranker.domain.rules.names import examples, offer_names, request_names
from services.ranker.domain.rules.rule import Rule
from services.ranker.domain.rules.ruled import ruled
from services.ranker.domain.weights import Weights
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.message import Message
from shared.contracts.ranking import Candidate
from tests.support.builders import NOON, a_compute_node, a_request, a_service, a_site, a_topology, an_agreement
from tests.unit.ranker.ranked import a_federation, a_method, everything_found, seen, sites_in, some_books

TWO = (a_site("bari"), an_agreement("bari"), a_site("cineca"), an_agreement("cineca"))


def under(
    *rules: Rule,
    facts: tuple[Message, ...] = TWO,
    request: DeploymentRequested | None = None,
    method: Method | None = None,
    books: Books | None = None,
) -> Ranking:
    obeying = ruled(method or a_method(), rules)
    return rank(request or a_request(), a_federation(*facts), books or some_books(), NOON, obeying)


def a_rule(when: str, **effects: object) -> Rule:
    return Rule.model_validate({"name": "house/first", "when": when, **effects})


def by_site(ranking: Ranking) -> dict[str, Candidate]:
    return {candidate.site: candidate for candidate in ranking.candidates}


def test_a_place_is_refused_with_the_operator_s_sentence() -> None:
    rule = a_rule('group == "biomed" && site.id == "bari"', reject="Bari is for physics.", unless="another group")
    ranking = under(rule)
    assert sites_in(ranking) == ["cineca"]
    (told,) = ranking.rejected
    assert (told.filter, told.sentence) == ("rules", "Bari is for physics.")
    assert (told.needed, told.counterfactual) == (
        "what the rule house/first allows",
        "It would pass with another group.",
    )


def test_other_users_groups_and_use_cases_are_left_alone() -> None:
    rules = [
        a_rule('user.subject == "bob"', reject="No."),
        a_rule('group == "physics"', reject="No."),
        a_rule('topology.kind == "batch-job" || "x" in topology.types', reject="No."),
    ]
    assert sites_in(under(*rules)) == ["bari", "cineca"]
    assert sites_in(under(rules[0], request=a_request(owner="bob"))) == []


def test_how_much_is_asked_for_may_be_a_condition() -> None:
    rule = a_rule('topology.cpus > 4.0 && site.id == "bari"', reject="Too large for Bari.")
    large = a_request(topology=a_topology(a_compute_node(count=3)))
    assert [sites_in(under(rule, request=one)) for one in (a_request(), large)] == [["bari", "cineca"], ["cineca"]]


def test_preferred_places_come_before_and_avoided_ones_after_others() -> None:
    assert sites_in(under(a_rule('site.id == "cineca"', prefer=2))) == ["cineca", "bari"]
    assert sites_in(under(a_rule('site.id == "bari"', avoid=2))) == ["cineca", "bari"]
    without, with_it = under(), under(a_rule('site.id == "cineca"', prefer=2))
    before, after = by_site(without)["cineca"].score, by_site(with_it)["cineca"].score
    assert after.index == pytest.approx(2 * before.index)
    assert (after.success, after.expected) == (before.success, before.expected)
    assert after.terms[-1].sentence == "The rule house/first prefers it 2 times."
    assert by_site(with_it)["bari"].score.terms[-1].sentence == "No rule says anything of it."


def test_a_class_goes_before_everything_and_the_last_rule_that_holds_counts() -> None:
    facts = (*TWO[:2], a_site("cineca"), an_agreement("cineca", priority=5))
    assert sites_in(under(facts=facts)) == ["cineca", "bari"]
    first, second = a_rule('site.id == "bari"', priority=9), a_rule('site.country == "IT"', priority=1)
    assert sites_in(under(first, facts=facts)) == ["bari", "cineca"]
    assert sites_in(under(first, second, facts=facts)) == ["bari", "cineca"]
    assert sites_in(under(second, first, facts=facts)) == ["bari", "cineca"]
    assert sites_in(under(first, a_rule('site.id == "bari"', priority=0), facts=facts)) == ["cineca", "bari"]


def test_a_term_can_be_switched_off_for_some() -> None:
    facts = (*TWO, seen("bari", available=False))
    rule = a_rule('group == "biomed"', weigh={"observation": 0})
    assert sites_in(under(facts=facts)) == ["cineca", "bari"]
    assert sites_in(under(rule, facts=facts)) == ["bari", "cineca"]


def test_scores_may_be_a_condition() -> None:
    rule = a_rule("terms.observation < 0.1", reject="It is down.")
    assert sites_in(under(rule, facts=(*TWO, seen("bari", available=False)))) == ["cineca"]


def test_rules_say_who_is_first_under_every_strategy() -> None:
    filters, terms, known = everything_found()
    rule = a_rule('site.id == "cineca"', prefer=3)
    for name in ("rules-only", "index"):
        method = Method(filters, terms, known[name], Weights())
        assert sites_in(under(rule, method=method)) == ["cineca", "bari"]


def test_by_rules_alone_nothing_learned_moves_anything() -> None:
    filters, terms, known = everything_found()
    method = Method(filters, terms, known["rules-only"], Weights())
    assert sites_in(under(method=method, facts=(*TWO, seen("bari", available=False)))) == ["bari", "cineca"]


def test_without_rules_the_method_stays_as_it_is() -> None:
    method = a_method()
    assert ruled(method, ()) is method


def test_a_condition_that_cannot_be_reckoned_somewhere_does_not_hold_there() -> None:
    tagged = a_service("bari-compute").model_copy(update={"tags": ("fast",)})
    facts = (a_site("bari", tagged), an_agreement("bari"), *TWO[2:])
    assert sites_in(under(a_rule('service.tags[0] == "fast"', reject="Too fast."), facts=facts)) == ["cineca"]


def test_the_rules_are_part_of_how_a_ranking_was_made() -> None:
    rule = a_rule('site.id == "bari"', prefer=2)
    told = json.loads(describe(ruled(a_method(), (rule,))))
    assert told["rules"] == [{"name": "house/first", "when": 'site.id == "bari"', "prefer": 2}]


def test_every_name_is_there_for_every_place_and_is_of_the_kind_that_its_example_is() -> None:
    ranking = under()
    board = ranking.whole.board
    found = request_names(board.ask) | offer_names(board.table.offers[0])
    assert shape(found) == shape({name: value for name, value in examples().items() if name != "terms"})


def shape(value: object) -> object:
    return {name: shape(one) for name, one in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("site.id == ", "not a condition: .* at character 12"),
        ('sit.id == "bari"', "there is no 'sit'; there are: group, service"),
        ('site.contry == "IT"', "there is no site.contry; there are: site.country"),
        ('group == "a" || service.cores > 3', "there is no service.cores"),
        ("site.id > 3", "it cannot be reckoned: No such overload"),
        ("site.id", "it is 'bari' rather than true or false"),
        ('launch("rockets")', "there is no function 'launch'"),
        ("terms.luck > 0.5", "there is no terms.luck"),
        ("true" + " && true" * 200, "characters; allowed: 1000"),
        (" && ".join(["site.spaces.exists(x, true)"] * 3), "it walks over 3 lists; allowed: 2"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_when_it_is_read(when: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Condition(when)


@pytest.mark.parametrize(
    "when", ["1 / 0 == 1", 'site.id.matches("^b.*i$")', 'service.tags.exists(tag, tag == "site.contry")', "true"]
)
def test_a_condition_that_makes_sense_is_taken(when: str) -> None:
    assert Condition(when).text == when


@pytest.mark.parametrize(
    ("effects", "sentence"),
    [
        ({}, "the rule does nothing; it needs one of: reject"),
        ({"reject": "No.", "prefer": 2}, "a rule that rejects does nothing else"),
        ({"prefer": 0.5}, "greater than 1"),
        ({"weigh": {"luck": 2}}, "there is no term 'luck'; there are: "),
        ({"rejects": "No."}, "Extra inputs are not permitted"),
    ],
)
def test_effects_that_make_no_sense_are_refused(effects: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        a_rule("true", **effects)
