from services.cmdb.domain.inventory import diff
from shared.contracts.sites import SiteDescribed, SiteWithdrawn
from shared.contracts.vocabulary import SiteId
from tests.support.builders import a_service, a_site

BARI, CNAF = SiteId("bari"), SiteId("cnaf")


def described(name: str, *, issuers: tuple[str, ...] = ("https://iam.example.org/",)) -> SiteDescribed:
    return a_site(name, issuers=issuers)


def test_nothing_is_told_of_what_is_as_it_was() -> None:
    assert diff({BARI: described("bari")}, {BARI: described("bari")}) == ()


def test_a_new_site_and_a_changed_one_are_described_whole() -> None:
    changed = described("cnaf", issuers=())
    assert diff({CNAF: described("cnaf")}, {CNAF: changed, BARI: described("bari")}) == (described("bari"), changed)


def test_a_site_that_is_seen_no_more_is_withdrawn() -> None:
    known = {BARI: described("bari"), CNAF: described("cnaf")}
    assert diff(known, {CNAF: described("cnaf")}) == (SiteWithdrawn(site=BARI),)


def test_a_site_that_cannot_be_understood_stays_as_it_is_known() -> None:
    assert diff({BARI: described("bari")}, {BARI: None}) == ()
    assert diff({}, {BARI: None}) == ()


def test_what_comes_back_from_the_store_is_what_went_in() -> None:
    site = a_site("bari", a_service("compute"))
    stored = SiteDescribed.model_validate_json(site.model_dump_json(exclude_defaults=True))
    assert diff({BARI: stored}, {BARI: site}) == ()
