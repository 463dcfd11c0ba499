"""`python -m benchmarks.rank.simulation SEED…`: how long users wait in each world, by who chooses the order."""

import sys
from collections.abc import Callable, Mapping
from statistics import fmean

from pydantic import BaseModel

from benchmarks.rank.policies import Oracle, Policy, Ranker, Topsis
from benchmarks.rank.world import Deployment, World

DEPLOYMENTS, FORGOTTEN = 2000, 0.1
"""So many in a world; so large a share at the beginning does not count, for those who must learn first."""


class Waited(BaseModel):
    """One policy in one world: mean minutes to success, mean trials, and the share that the first site served."""

    minutes: float
    trials: float
    first: float


class Lived(BaseModel):
    """One world, by policy."""

    seed: int
    policies: dict[str, Waited]


POLICIES: Mapping[str, Callable[[World], Policy]] = {
    "index": lambda world: Ranker(world, "index"),
    "legacy": lambda world: Ranker(world, "legacy-cpr"),
    "topsis": lambda world: Topsis(Ranker(world, "index"), world),
    "oracle": lambda _: Oracle(),
}


def lived(seed: int, deployments: int = DEPLOYMENTS) -> Lived:
    """The world of this seed with each policy, all meeting the same luck."""
    world = World(seed)
    history = list(world.history(deployments))
    return Lived(seed=seed, policies={name: waited(make(world), history) for name, make in POLICIES.items()})


def waited(policy: Policy, history: list[Deployment]) -> Waited:
    """Every deployment tries the sites in the policy's order until one succeeds or none is left."""
    ends = [_played(policy, number, deployment) for number, deployment in enumerate(history)]
    counted = ends[int(len(ends) * FORGOTTEN) :]
    minutes, trials = zip(*counted, strict=True)
    return Waited(minutes=fmean(minutes), trials=fmean(trials), first=fmean(one == 1 for one in trials))


def _played(policy: Policy, number: int, deployment: Deployment) -> tuple[float, int]:
    minutes, trials = 0.0, 0
    for site in policy.order(number, deployment):
        minutes, trials = minutes + float(deployment.minutes[site]), trials + 1
        policy.learn(number, deployment, site)
        if deployment.succeeds[site]:
            break
    return minutes, trials


if __name__ == "__main__":
    for seed in sys.argv[1:]:
        print(lived(int(seed)).model_dump_json(), flush=True)
