"""What becomes of what a deployment holds, told turn by turn."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.ranker.app.answer import holdings
from services.ranker.domain.amounts import NOTHING, Amounts
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.holding import HoldingState, Turn
from shared.contracts.deployments import DeploymentCompleted, DeploymentDeleted, DeploymentFailed
from shared.contracts.trials import TrialCleaned, TrialFailed, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import BackendName, Cause, DeploymentId, Revision, ServiceId, SiteId, TrialNo
from tests.support.builders import NOON, a_request, a_site, an_agreement
from tests.unit.ranker.ranked import ranked, some_books

D1 = DeploymentId("d-1")
SITES = ("bari", "cineca")


def a_place(site: str) -> tuple[SiteId, ServiceId]:
    return (SiteId(site), ServiceId(f"{site}-compute"))


def started(trial: int, site: str) -> TrialStarted:
    place = a_place(site)
    return TrialStarted(
        deployment_id=D1,
        trial=TrialNo(trial),
        revision=Revision(1),
        site=place[0],
        service=place[1],
        backend=BackendName("im"),
        service_type="org.openstack.nova",
        endpoint="https://cloud.example.org",
        deadline=NOON + timedelta(hours=1),
    )


def failed(trial: int, *, site_fault: bool = True) -> TrialFailed:
    return TrialFailed(
        deployment_id=D1, trial=TrialNo(trial), cause=Cause.CAPACITY, sentence="Full.", site_fault=site_fault
    )


def succeeded(trial: int) -> TrialSucceeded:
    return TrialSucceeded(deployment_id=D1, trial=TrialNo(trial), external_id="x")


def cleaned(trial: int) -> TrialCleaned:
    return TrialCleaned(deployment_id=D1, trial=TrialNo(trial))


COMPLETED = DeploymentCompleted(deployment_id=D1, revision=Revision(1), trials=())
FAILED = DeploymentFailed(deployment_id=D1, revision=Revision(1), cause=Cause.CAPACITY, sentence="No.")
DELETED = DeploymentDeleted(deployment_id=D1)


def after(*turns: Turn) -> Books:
    """The books after a deployment was ranked at Bari and CINECA, and all this was told of it."""
    books = some_books()
    ranking = ranked(*(fact for site in SITES for fact in (a_site(site), an_agreement(site))))
    books.enter(holdings(a_request(), ranking, NOON))
    for turn in turns:
        books.follow(turn, NOON)
    return books


def held(books: Books) -> list[str]:
    return [site for site in SITES if books.held.at(a_place(site)) != NOTHING]


@pytest.mark.parametrize(
    ("turns", "holds"),
    [
        ([], ["bari"]),
        ([started(1, "bari")], ["bari"]),
        ([started(1, "cineca")], ["cineca"]),
        ([started(1, "bari"), failed(1)], ["bari"]),
        ([started(1, "bari"), failed(1), started(2, "cineca")], ["bari", "cineca"]),
        ([started(1, "bari"), failed(1), started(2, "cineca"), cleaned(1)], ["cineca"]),
        ([started(1, "bari"), succeeded(1), COMPLETED], ["bari"]),
        ([started(1, "bari"), succeeded(1), COMPLETED, cleaned(1), DELETED], []),
        ([started(1, "bari"), failed(1), FAILED], ["bari"]),
        ([started(1, "bari"), failed(1), FAILED, cleaned(1)], []),
        ([FAILED], []),
        ([DELETED], []),
        ([succeeded(1), failed(1), cleaned(1)], ["bari"]),
    ],
)
def test_what_a_deployment_holds(turns: Sequence[Turn], holds: list[str]) -> None:
    books = after(*turns)
    assert held(books) == holds
    assert books.held.at(a_place("bari")) in (NOTHING, Amounts(cpus=2, memory=4096, instances=1))


def test_a_fault_of_the_site_is_remembered_once() -> None:
    books = after(started(1, "bari"), failed(1), failed(1))
    assert books.failures(a_place("bari"), NOON) == 1
    assert books.failures(a_place("bari"), NOON + timedelta(hours=1)) == 0.5
    assert books.failures(a_place("cineca"), NOON) == 0


def test_a_fault_of_the_template_says_nothing_about_the_site() -> None:
    assert after(started(1, "bari"), failed(1, site_fault=False)).changes().experience == {}


def test_a_success_halves_what_is_remembered_of_failures() -> None:
    books = after(started(1, "bari"), failed(1))
    books.enter(holdings(a_request(), ranked(a_site("bari"), an_agreement("bari")), NOON))
    for turn in (started(2, "bari"), succeeded(2)):
        books.follow(turn, NOON)
    assert books.failures(a_place("bari"), NOON) == 0.5


def test_changes_are_what_the_store_needs_to_know_and_no_more() -> None:
    first = after().changes()
    assert [(holding.site, holding.state) for holding in first.holdings] == [
        ("bari", HoldingState.MEANT),
        ("cineca", HoldingState.OFFERED),
    ]
    assert list(first.accounts) == [(*a_place("bari"), "sla-bari-biomed", "")]
    over = after(DELETED).changes()
    assert (over.holdings, over.accounts, len(over.gone)) == ((), {}, 2)


turns = some.sampled_from(
    [
        *(started(number, site) for number in (1, 2) for site in SITES),
        *(turn(number) for number in (1, 2) for turn in (failed, succeeded, cleaned)),
        COMPLETED,
        FAILED,
        DELETED,
    ]
)


@given(some.lists(turns, max_size=12), some.integers(0, 12))
def test_the_sums_are_those_of_what_is_held_however_the_story_is_cut_into_batches(story: list[Turn], cut: int) -> None:
    whole, first = after(*story), after(*story[:cut])
    kept = first.changes()
    unseen = {account.tenancy: amounts for account, amounts in kept.accounts.items()}
    second = some_books(Recalled(kept.holdings, kept.accounts, unseen, kept.experience))
    for turn in story[cut:]:
        second.follow(turn, NOON)
    assert held(second) == held(whole)
    assert held(whole) == sorted({one.site for one in whole.changes().holdings if one.is_held})
