"""The chain of the audit trail holds as written, and no change of it goes unseen."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.audit import Link, first_broken, linked
from shared.contracts.audit import Deed, Doing, Outcome
from shared.contracts.vocabulary import Principal
from tests.support.builders import ISSUER, NOON

deeds = st.builds(
    Deed,
    at=st.just(NOON),
    who=st.just(Principal(issuer=ISSUER, subject="ada")),
    doing=st.sampled_from(Doing),
    about=st.text(max_size=8),
    outcome=st.sampled_from(Outcome),
    sentence=st.text(max_size=20),
)
chains = st.lists(deeds, min_size=1, max_size=8)


@given(chains, st.integers(0, 8))
def test_a_chain_holds_however_it_was_written(chain: list[Deed], cut: int) -> None:
    first = linked(chain[:cut])
    last = first[-1] if first else None
    rest = linked(chain[cut:], seq=last.seq, before=last.hash) if last else linked(chain[cut:])

    assert [*first, *rest] == linked(chain)
    assert first_broken([*first, *rest]) is None


@given(chains, st.data())
def test_a_changed_entry_is_found_at_its_place(chain: list[Deed], data: st.DataObject) -> None:
    links = linked(chain)
    place = data.draw(st.integers(0, len(links) - 1))
    deed = links[place].deed.model_copy(update={"about": links[place].deed.about + "!"})

    broken = first_broken(_with(links, place, links[place].model_copy(update={"deed": deed})))

    assert broken is not None
    assert broken.seq == place + 1
    assert "is not what it was" in broken.sentence


@given(chains, st.data())
def test_a_removed_entry_is_missed(chain: list[Deed], data: st.DataObject) -> None:
    links = linked([*chain, chain[0]])
    place = data.draw(st.integers(0, len(links) - 2))

    broken = first_broken([*links[:place], *links[place + 1 :]])

    assert broken is not None
    assert broken.seq == place + 1


@given(chains, deeds)
def test_an_entry_with_a_hash_of_its_own_does_not_fit_in(chain: list[Deed], forged: Deed) -> None:
    links = linked([*chain, chain[0]])
    (alone,) = linked([forged], seq=links[-2].seq, before=links[-2].before)
    broken = first_broken([*links[:-1], alone])

    assert broken is not None
    assert broken.seq == links[-1].seq


def _with(links: list[Link], place: int, link: Link) -> list[Link]:
    return [*links[:place], link, *links[place + 1 :]]
