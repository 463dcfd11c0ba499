"""The filter on free quota, and the books it reads."""

from datetime import timedelta

from services.ranker.app.answer import holdings
from services.ranker.domain.amounts import Amounts
from services.ranker.domain.books import Books, Recalled
from services.ranker.domain.federation import Federation
from services.ranker.domain.held import Account
from services.ranker.domain.holding import Holding, HoldingState
from services.ranker.domain.rank import Ranking, rank
from shared.contracts.message import Message
from shared.contracts.sites import Quantities
from shared.contracts.topology import Node, VolumeNeeds
from shared.contracts.vocabulary import AgreementId, DeploymentId, Revision, ServiceId, SiteId, TrialNo
from tests.support.builders import NOON, a_compute_node, a_request, a_service, a_site, a_topology, an_agreement
from tests.unit.ranker.ranked import (
    a_federation,
    a_method,
    ranked,
    seen,
    sites_in,
    some_books,
    the_candidate,
    the_rejection,
)


def a_holding(
    state: HoldingState = HoldingState.RUNNING,
    *,
    cpus: float = 2,
    since: timedelta = timedelta(0),
    trial: int | None = 1,
) -> Holding:
    return Holding(
        deployment=DeploymentId("d-0"),
        revision=Revision(1),
        site=SiteId("cineca"),
        service=ServiceId("cineca-compute"),
        agreement=AgreementId("sla-cineca-biomed"),
        takes=Amounts(cpus=cpus, instances=1),
        state=state,
        since=NOON - since,
        trial=TrialNo(1),
    )


def books_with(*holdings: Holding) -> Books:
    books = some_books()
    books.enter(holdings)
    return books


def with_quota(quota: Quantities, *facts: Message, books: Books | None = None, nodes: tuple[Node, ...] = ()) -> Ranking:
    site = a_site("cineca", a_service(quota=quota))
    return ranked(site, an_agreement(), *facts, request=a_request(topology=a_topology(*nodes)), books=books)


def test_what_is_not_limited_is_free() -> None:
    assert sites_in(with_quota(Quantities(), books=books_with(a_holding(cpus=10_000)))) == ["cineca"]


def test_a_request_may_take_all_that_is_left_and_not_more() -> None:
    assert sites_in(with_quota(Quantities(cpus=4), seen(used=Quantities(cpus=2)))) == ["cineca"]
    rejection = the_rejection(with_quota(Quantities(cpus=4), seen(used=Quantities(cpus=3))))
    assert (rejection.filter, rejection.needed, rejection.available) == ("free-quota", "2 cpus", "1 cpus")
    assert rejection.sentence == "cineca-compute of CINECA has 1 of 4 cpus free; 2 cpus needed."


def test_every_amount_that_runs_short_is_named() -> None:
    quota = Quantities(cpus=1, memory=1024, instances=0, disk=5, gpus=0, public_addresses=0)
    volume = Node(name="disk", type="tosca.nodes.BlockStorage", volume=VolumeNeeds(size=10))
    rejection = the_rejection(with_quota(quota, nodes=(a_compute_node(public_address=True), volume)))
    assert rejection.needed == "2 cpus, 4096 MB memory, 1 instances, 10 GB disk, 1 public addresses"


def test_many_machines_take_many_times_as_much() -> None:
    assert sites_in(with_quota(Quantities(instances=3), nodes=(a_compute_node(count=3),))) == ["cineca"]
    assert the_rejection(with_quota(Quantities(instances=2), nodes=(a_compute_node(count=3),))).filter == "free-quota"


def test_trials_on_their_way_count_though_nobody_has_seen_them_yet() -> None:
    observed, on_its_way = seen(used=Quantities(cpus=1)), books_with(a_holding(cpus=2))
    assert the_rejection(with_quota(Quantities(cpus=4), observed, books=on_its_way)).available == "1 cpus"
    assert sites_in(with_quota(Quantities(cpus=5), observed, books=on_its_way)) == ["cineca"]


def test_what_was_seen_standing_is_not_counted_twice() -> None:
    observed = seen(ago=timedelta(minutes=1), used=Quantities(cpus=2))
    counted = a_federation(observed)
    for since, free in ((timedelta(minutes=2), "2 cpus"), (timedelta(0), "0 cpus")):
        books = some_books(federation=counted)
        books.enter([a_holding(HoldingState.STANDING, cpus=2, since=since)])
        ranking = with_quota(Quantities(cpus=4), observed, books=books, nodes=(a_compute_node(cpus=2, count=2),))
        assert the_rejection(ranking).available == free


def test_where_nobody_counts_usage_all_that_we_hold_counts() -> None:
    standing = books_with(a_holding(HoldingState.STANDING, cpus=3, since=timedelta(days=1)))
    assert the_rejection(with_quota(Quantities(cpus=4), books=standing)).available == "1 cpus"


def test_an_agreement_limits_all_that_is_held_under_it() -> None:
    limited = an_agreement(limits=Quantities(cpus=4))
    standing = books_with(a_holding(HoldingState.STANDING, cpus=3, since=timedelta(days=1)))
    rejection = the_rejection(ranked(a_site(), limited, books=standing))
    assert rejection.sentence == "Under agreement sla-cineca-biomed, biomed has 1 of 4 cpus free; 2 cpus needed."


def test_under_a_second_agreement_there_may_be_room() -> None:
    full = an_agreement(priority=9, limits=Quantities(cpus=1)).model_copy(update={"agreement": AgreementId("sla-gold")})
    assert the_candidate(ranked(a_site(), full, an_agreement())).agreement == "sla-cineca-biomed"


def test_a_hundred_requests_at_once_share_what_is_there_and_no_more() -> None:
    sites = [f"site-{number}" for number in range(8)]
    facts = [a_site(site, a_service(f"{site}-compute", quota=Quantities(instances=10))) for site in sites]
    federation = a_federation(*facts, *(an_agreement(site) for site in sites))
    placed = stampede(federation, requests=100)
    assert {site: placed.count(site) for site in sites} == dict.fromkeys(sites, 10)
    assert placed.count(None) == 20


def stampede(federation: Federation, *, requests: int) -> list[str | None]:
    books, placed = some_books(), list[str | None]()
    for number in range(requests):
        request = a_request(f"d-{number}")
        ranking = rank(request, federation, books, NOON, a_method())
        books.enter(holdings(request, ranking, NOON))
        placed.append(ranking.candidates[0].site if ranking.candidates else None)
    return placed


def test_sums_that_were_recalled_count_like_what_is_entered() -> None:
    account = Account(SiteId("cineca"), ServiceId("cineca-compute"), AgreementId("sla-x"))
    taken = Amounts(cpus=3)
    recalled = some_books(Recalled(accounts={account: taken}, unseen={account.tenancy: taken}))
    assert the_rejection(with_quota(Quantities(cpus=4), books=recalled)).available == "1 cpus"
