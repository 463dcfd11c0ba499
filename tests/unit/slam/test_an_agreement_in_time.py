"""What dates do to an agreement, and when that is next."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.slam.domain.changes import Period
from services.slam.domain.lifecycle import Act, Status
from services.slam.domain.negotiation import too_late
from services.slam.domain.record import fact, in_force, next_change, state_at
from shared.contracts.agreements import AgreementState, Target
from shared.contracts.sites import Quantities
from shared.contracts.vocabulary import ServiceId
from tests.support.builders import NOON
from tests.unit.slam.made import DAY, MONTH, a_record, cores, hours, some_terms

SECOND = timedelta(seconds=1)
ENDS = NOON + 90 * DAY
SIGNED = a_record(some_terms(starts=NOON, ends=ENDS))


def test_a_signed_agreement_becomes_active_expiring_and_expired_by_its_dates_alone() -> None:
    moments = {
        NOON - SECOND: AgreementState.SIGNED,
        NOON: AgreementState.ACTIVE,
        ENDS - MONTH - SECOND: AgreementState.ACTIVE,
        ENDS - MONTH: AgreementState.EXPIRING,
        ENDS - SECOND: AgreementState.EXPIRING,
        ENDS: AgreementState.EXPIRED,
        ENDS + 1000 * DAY: AgreementState.EXPIRED,
    }
    assert {at: state_at(SIGNED, at, MONTH) for at in moments} == moments


def test_it_is_in_force_from_its_start_until_just_before_its_end() -> None:
    moments = {NOON - SECOND: False, NOON: True, ENDS - SECOND: True, ENDS: False}
    assert {at: in_force(SIGNED, at) for at in moments} == moments
    assert in_force(a_record(some_terms(starts=NOON)), NOON + 36500 * DAY)


def test_every_date_is_a_change_and_there_is_none_beside() -> None:
    at, dates = NOON - DAY, []
    while (date := next_change(SIGNED, at, MONTH)) is not None:
        assert state_at(SIGNED, date, MONTH) is not state_at(SIGNED, date - SECOND, MONTH)
        dates.append(date)
        at = date
    assert dates == [NOON, ENDS - MONTH, ENDS]


@given(st.integers(1, 400 * 24), st.integers(0, 60 * 24))
def test_each_date_makes_one_step_forward_and_none_is_left_out(hours_long: int, hours_of_warning: int) -> None:
    record = a_record(some_terms(starts=NOON, ends=NOON + timedelta(hours=hours_long)))
    warning, at = timedelta(hours=hours_of_warning), NOON - DAY
    states = [state_at(record, at, warning)]
    while (date := next_change(record, at, warning)) is not None:
        assert state_at(record, date - SECOND, warning) is states[-1]
        states.append(state_at(record, date, warning))
        at = date
    life = [AgreementState.SIGNED, AgreementState.ACTIVE, AgreementState.EXPIRING, AgreementState.EXPIRED]
    assert states == [state for state in life if state in states]
    assert {states[0], states[-1]} == {AgreementState.SIGNED, AgreementState.EXPIRED}


def test_a_short_agreement_is_expiring_from_its_first_moment() -> None:
    short = a_record(some_terms(starts=NOON, ends=NOON + DAY))
    assert state_at(short, NOON, MONTH) is AgreementState.EXPIRING
    assert next_change(short, NOON, MONTH) == NOON + DAY


def test_a_schedule_adds_its_dates() -> None:
    change = Period(kind="period", starts=NOON + DAY, until=NOON + 2 * DAY, targets=(cores(9),))
    record = a_record(some_terms(cores(5), changes=(change,)))
    assert next_change(record, NOON, MONTH) == NOON + DAY
    assert next_change(record, NOON + DAY, MONTH) == NOON + 2 * DAY
    assert next_change(record, NOON + 2 * DAY, MONTH) is None


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.SIGNED])
def test_dates_do_nothing_to_what_is_not_signed(status: Status) -> None:
    record = replace(SIGNED, status=status)
    assert next_change(record, NOON, MONTH) is None
    assert state_at(record, NOON, MONTH) is state_at(record, ENDS + DAY, MONTH)
    assert not state_at(record, NOON, MONTH).binds


def test_everything_agreed_is_told_in_our_words_and_in_theirs() -> None:
    terms = some_terms(
        cores(64, total_guaranteed=16, user_limit=8, instance_limit=4),
        hours("unlimited", user_limit="unknown", service="a"),
        services=("a",),
        ends=ENDS,
        priority=2,
        priorities={"org.openstack.nova": 5},
    )
    told = fact(a_record(terms), NOON, MONTH)
    assert (told.state, told.priority, told.priorities) == (AgreementState.ACTIVE, 2, {"org.openstack.nova": 5})
    assert told.limits == Quantities(cpus=64)
    assert told.user_limits == Quantities(cpus=8)
    assert told.instance_limits == Quantities(cpus=4)
    assert told.guaranteed == Quantities(cpus=16)
    assert told.unknown == ("computing_time",)
    assert told.targets == (
        Target(type="num_cpus", total_limit=64, total_guaranteed=16, user_limit=8, instance_limit=4),
        Target(type="computing_time", unit="h", service=ServiceId("a")),
    )


@pytest.mark.parametrize("act", [Act.ACCEPT, Act.SEND, Act.RECORD, Act.RESUME, Act.RENEW, Act.ENABLE])
def test_nobody_agrees_to_what_is_over(act: Act) -> None:
    terms = some_terms(ends=NOON)
    assert too_late(act, terms, NOON - SECOND) is None
    assert "has passed" in str(too_late(act, terms, NOON))
    assert too_late(Act.TERMINATE, terms, NOON) is None
