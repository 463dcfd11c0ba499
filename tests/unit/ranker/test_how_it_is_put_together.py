"""What is found by being there, and what an operator may say."""

import pytest
from pydantic import ValidationError

from services.ranker.domain import feasible, scores, strategies
from services.ranker.domain.stage import Stage
from services.ranker.settings import RankerSettings
from tests.unit.ranker.ranked import ranked


def settings(**said: object) -> RankerSettings:
    needed = {"database_url": "postgresql+asyncpg://ranker@127.0.0.1/corale", "kafka": "127.0.0.1:9092", "port": 0}
    return RankerSettings.model_validate(needed | said)


def test_filters_are_found_in_their_folder_and_asked_stage_by_stage() -> None:
    found = feasible.discover()
    assert [one.stage for one in found] == sorted(one.stage for one in found)
    assert found[-1].name == "free-quota"
    assert {one.name for one in found if one.stage is Stage.MAY} == {
        "agreement",
        "credentials",
        "issuer",
        "kind",
        "project",
        "reachable",
        "status",
        "wishes",
    }


def test_scores_and_strategies_are_found_in_their_folders() -> None:
    assert {"success", "headroom", "observation"} < {term.name for term in scores.discover()}
    assert strategies.discover()["index"].sentence.startswith("Success probability over expected time")


def test_the_operator_chooses_among_the_strategies_there_are() -> None:
    assert settings().strategy == "index"
    with pytest.raises(ValidationError, match="there is no strategy 'dice'; there are: index"):
        settings(strategy="dice")


@pytest.mark.parametrize(
    "weights", [{"prior": {"success": 1}}, {"prior": {"seconds_to_fail": 0}}, {"failure_half_life": 0}]
)
def test_weights_that_make_no_sense_are_refused(weights: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(weights=weights)


def test_the_operator_s_weights_are_the_ones_that_count() -> None:
    weights = settings(weights={"prior": {"success": 0.5, "seconds_to_succeed": 60, "seconds_to_fail": 60}}).weights
    assert ranked(weights=weights).candidates[0].score.expected == pytest.approx(60)
