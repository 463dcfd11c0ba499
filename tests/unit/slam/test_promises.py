import pytest
from pydantic import ValidationError

from services.slam.domain.kinds import KINDS, SPELT
from services.slam.domain.promises import Promise
from shared.contracts.sites import Quantities
from shared.contracts.topology import Json


def said(**words: Json) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        Promise.model_validate(words)
    return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in refused.value.errors()]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"type": "mem_size", "unit": "KB"}, "unit: found 'KB'; allowed: 'MB' or 'GB'"),
        ({"type": "mem_size"}, "unit: found no unit; allowed: 'MB' or 'GB'"),
        ({"type": "computing_time", "unit": "min"}, "unit: found 'min'; allowed: 'h'"),
        ({"type": "costs", "unit": "USD"}, "unit: found 'USD'; allowed: 'EUR'"),
        ({"type": "upload_bandwith", "unit": "Gbps"}, "unit: found 'Gbps'; allowed: 'Mbps'"),
        ({"type": "num_cpus", "unit": "h"}, "unit: found 'h'; allowed: no unit"),
        ({"type": "num_cpus", "total_limit": -1}, "total_limit: found -1; allowed: a number from 0, 'unlimited'"),
        ({"type": "num_cpus", "user_limit": "many"}, "user_limit: found 'many'; allowed: a number from 0"),
        ({"type": "num_cpus", "user_limit": float("nan")}, "user_limit: found nan; allowed: a number from 0"),
        ({"type": "num_cpus", "user_limit": True}, "user_limit: found True; allowed: a number from 0"),
        ({"type": "public_ip", "total_limit": 1.5}, "total_limit: found 1.5; allowed: a whole number"),
        ({"type": "public_ip", "total_guaranteed": 0.5}, "total_guaranteed: found 0.5; allowed: a whole number"),
        (
            {"type": "num_cpus", "total_guaranteed": 9, "total_limit": 8},
            "total_limit: found 8.0; allowed: at least what is guaranteed, 9",
        ),
        (
            {"type": "num_cpus", "user_guaranteed": "unlimited"},
            "user_guaranteed: found 'unlimited'; allowed: a number from 0, or 'unknown'",
        ),
        (
            {"type": "costs", "unit": "EUR", "total_guaranteed": 5},
            "total_guaranteed: found 5.0; allowed: no guarantee, only limits",
        ),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(words: dict[str, Json], sentence: str) -> None:
    assert any(one.startswith(sentence) for one in said(**words)), said(**words)


def test_an_unknown_type_is_answered_with_all_that_are_known() -> None:
    (sentence,) = said(type="coffee")
    assert all(repr(kind) in sentence for kind in KINDS)


def test_every_mistake_is_told_at_once() -> None:
    assert len(said(type="mem_size", unit="KB", total_limit=-1, user_limit="many")) == 3


@pytest.mark.parametrize("scope", ["total", "user", "instance"])
def test_a_guarantee_may_be_as_high_as_its_limit_or_under_no_limit(scope: str) -> None:
    for limit in (4, "unlimited", "unknown", None):
        words = {"type": "num_cpus", f"{scope}_guaranteed": 4, f"{scope}_limit": limit}
        assert Promise.model_validate(words).restriction(scope, "guaranteed") == 4.0


def test_every_quantity_can_be_spelt_as_a_target_and_every_target_with_one_means_a_quantity() -> None:
    assert set(SPELT) == set(Quantities.model_fields)
    assert {kind.quantity for kind in KINDS.values()} - {None} == set(Quantities.model_fields)
    for quantity, (type_, unit) in SPELT.items():
        assert KINDS[type_].quantity == quantity
        assert KINDS[type_].units[unit] == 1
