"""The simulated federations: the same luck for all, and a ranker that learns nothing but what it is told."""

from itertools import pairwise

import pytest

from benchmarks.rank.policies import Oracle, Ranker, Topsis
from benchmarks.rank.simulation import Lived, Waited, lived, waited
from benchmarks.rank.waits import figures, line, verdict
from benchmarks.rank.world import SITES, Deployment, World

MEASURED = 100 / 50 + 100 / 50 + 10 / 50
"""The most that the fastest service gains by its speed."""


def history(seed: int, deployments: int) -> list[Deployment]:
    return list(World(seed).history(deployments))


def told(one: Deployment) -> tuple[object, ...]:
    return (one.group, one.sort, one.may, *(part.tolist() for part in one[3:]))


def test_a_seed_is_one_world() -> None:
    one, again, other = ([told(one) for one in history(seed, 20)] for seed in (1, 1, 2))
    assert one == again != other


def test_the_oracle_goes_by_chance_over_time_among_those_that_may() -> None:
    for deployment in history(3, 50):
        order = Oracle().order(0, deployment)
        worth = (deployment.chance / deployment.expected)[order].tolist()
        assert sorted(order) == deployment.may
        assert worth == sorted(worth, reverse=True)


@pytest.mark.parametrize("strategy", ["index", "legacy-cpr"])
def test_the_product_ranks_every_site_that_may(strategy: str) -> None:
    world = World(4)
    ranker = Ranker(world, strategy)
    for number, deployment in enumerate(world.history(20)):
        assert sorted(ranker.order(number, deployment)) == deployment.may


def test_topsis_ranks_every_site_that_may() -> None:
    world = World(4)
    topsis = Topsis(Ranker(world, "index"), world)
    for number, deployment in enumerate(world.history(20)):
        assert sorted(topsis.order(number, deployment)) == deployment.may


def test_the_old_formula_goes_by_the_size_of_the_agreement() -> None:
    world = World(5)
    ranker = Ranker(world, "legacy-cpr")
    for number, deployment in enumerate(world.history(20)):
        promised = world.promised[deployment.group, ranker.order(number, deployment)].tolist()
        assert all(later <= earlier + MEASURED for earlier, later in pairwise(promised))


class Stubborn:
    """Always the same order."""

    def __init__(self) -> None:
        self.learned: list[tuple[int, int]] = []

    def order(self, _: int, deployment: Deployment) -> list[int]:
        return deployment.may

    def learn(self, number: int, deployment: Deployment, site: int) -> None:
        self.learned.append((number, site))


def test_sites_are_tried_until_one_succeeds_and_each_trial_teaches() -> None:
    policy, past = Stubborn(), history(6, 10)
    found = waited(policy, past)
    trials = [[site for number, site in policy.learned if number == one] for one in range(10)]
    for deployment, tried in zip(past, trials, strict=True):
        assert tried == deployment.may[: len(tried)]
        assert deployment.succeeds[tried].tolist()[:-1] == [False] * (len(tried) - 1)
        assert deployment.succeeds[tried[-1]] or len(tried) == len(deployment.may)
    assert found.trials == sum(len(tried) for tried in trials[1:]) / 9


def test_within_some_hundred_deployments_the_index_saves_most_of_what_can_be_saved() -> None:
    minutes = {name: one.minutes for name, one in lived(0, 300).policies.items()}
    assert minutes["oracle"] < minutes["index"] < minutes["topsis"]
    assert minutes["index"] < (minutes["legacy"] + minutes["oracle"]) / 2


def a_world(seed: int, **minutes: float) -> Lived:
    return Lived(
        seed=seed, policies={name: Waited(minutes=took, trials=1.5, first=0.6) for name, took in minutes.items()}
    )


def test_figures_say_what_is_saved_in_how_many_worlds() -> None:
    worlds = [
        a_world(0, index=12, legacy=20, topsis=18, oracle=10),
        a_world(1, index=18, legacy=20, topsis=22, oracle=16),
    ]
    found = figures(worlds)
    assert (found["rank.mean_minutes_index"], found["rank.mean_minutes_oracle"], found["rank.seeds_won"]) == (15, 13, 2)
    assert found["rank.saved"] == pytest.approx(0.25)
    assert found["rank.saved_least"] == pytest.approx(0.1)
    assert (found["rank.saved_goal_seeds"], found["rank.saved_goal_seeds_oracle"]) == (1, 1)
    assert found["rank.gap_closed"] == pytest.approx(5 / 7)
    assert line("topsis", worlds).split() == ["topsis", "20.00", "1.500", "60.0%", "0.00", "±", "3.92", "1", "/", "2"]
    assert "25% less (goal 35%), less in 2 of 2 worlds" in next(verdict(found, 2))


def test_a_world_has_eight_sites_and_every_group_may_use_most() -> None:
    assert all(5 <= len(may) <= SITES for may in World(7).may)
