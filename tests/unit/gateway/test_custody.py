"""A grant moves by what its issuer answers, and by nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.adapters.sealing import CannotOpen, Sealer
from services.gateway.domain.custody import (
    LONGEST_PAUSE,
    Answer,
    Denied,
    Grant,
    Granted,
    Over,
    State,
    Unheard,
    advanced,
)
from shared.contracts.vocabulary import Principal
from tests.support.builders import GROUP, ISSUER, NOON

HOUR = timedelta(hours=1)
HELD = Grant(Principal(issuer=ISSUER, subject="ada"), GROUP, State.HELD, NOON + HOUR, "token", "refresh", "digest")
LUCK = st.floats(0, 1, exclude_max=True)
ANSWERS = st.sampled_from(
    [
        Granted("t", HOUR),
        Granted("t", HOUR, "r", (GROUP,)),
        Granted("t", HOUR, "r", ()),
        Denied("no"),
        Over(),
        Unheard("?"),
    ]
)


@given(LUCK)
def test_it_is_renewed_about_half_way_and_never_all_at_once(luck: float) -> None:
    due = advanced(HELD, Granted("next", HOUR, "r2"), NOON, luck).due_at

    assert due is not None
    assert NOON + 0.44 * HOUR < due < NOON + 0.56 * HOUR


def test_an_issuer_that_does_not_rotate_keeps_its_refresh_token() -> None:
    assert advanced(HELD, Granted("next", HOUR), NOON, 0).refresh == "refresh"
    assert advanced(HELD, Granted("next", HOUR, "r2"), NOON, 0).refresh == "r2"


def test_what_cannot_be_renewed_is_looked_at_when_it_ends() -> None:
    given_ = Grant(HELD.owner, GROUP, State.GIVEN, NOON + HOUR, "token", digest="digest")

    assert advanced(given_, Granted("next", HOUR / 2), NOON, 0.9).due_at == NOON + HOUR / 2


@pytest.mark.parametrize(
    ("answer", "digest"),
    [(Denied("no"), "digest"), (Over(), ""), (Granted("t", HOUR, "r", ("another",)), "digest")],
)
def test_a_lost_grant_keeps_no_token_and_waits_for_nothing(answer: Answer, digest: str) -> None:
    lost = advanced(HELD, answer, NOON, 0)

    assert (lost.state, lost.token, lost.refresh, lost.due_at, lost.digest) == (State.LOST, "", None, None, digest)
    assert lost.why


def test_a_grant_for_no_group_needs_none() -> None:
    alone = Grant(HELD.owner, None, State.GIVEN, NOON + HOUR, "token")

    assert advanced(alone, Granted("t", HOUR, "r", ()), NOON, 0).state is State.HELD


@given(st.integers(0, 10_000), LUCK)
def test_an_issuer_that_is_away_is_asked_more_and_more_rarely_but_always_again(attempts: int, luck: float) -> None:
    tried = Grant(HELD.owner, GROUP, State.HELD, HELD.expires_at, "token", "refresh", "digest", attempts=attempts)
    again = advanced(tried, Unheard("away"), NOON, luck)

    assert (again.state, again.token, again.refresh) == (tried.state, tried.token, tried.refresh)
    assert again.due_at is not None
    assert timedelta(0) < again.due_at - NOON <= LONGEST_PAUSE


@given(st.lists(ANSWERS, max_size=20), LUCK)
def test_whatever_the_issuer_answers_only_a_living_grant_has_a_token(answers: list[Answer], luck: float) -> None:
    grant = HELD
    for answer in answers:
        grant = advanced(grant, answer, NOON, luck)
        assert (grant.state is State.LOST) == (grant.token == "")
        assert (grant.state is State.LOST) == (grant.due_at is None)
        if grant.state is State.LOST:
            break


def test_no_token_is_seen_in_what_is_printed() -> None:
    for shown in (HELD, Granted("token", HOUR, "refresh")):
        assert "token'" not in repr(shown)
        assert "refresh'" not in repr(shown)


@given(st.text(), st.text(), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_with_its_key_and_only_as_what_it_is_about(
    about: str, plain: str, key: bytes, other: bytes
) -> None:
    sealed = Sealer([key]).seal(about, plain)

    assert Sealer([other, key]).open(about, sealed) == plain
    with pytest.raises(CannotOpen):
        Sealer([key]).open(f"{about}x", sealed)
    if other != key:
        with pytest.raises(CannotOpen):
            Sealer([other]).open(about, sealed)


def test_what_was_sealed_before_values_named_their_key_still_opens() -> None:
    sealer = Sealer([b"n" * 32, b"o" * 32])
    old = Sealer([b"o" * 32]).seal("ref", "plain")

    assert sealer.open("ref", old[5:]) == "plain"
    with pytest.raises(CannotOpen):
        sealer.open("ref", old[:-1])
