"""Eight sites as nobody knows them: a history of deployments, and what each would have met at each site.

Sites differ in how often they succeed, how long they take, how full they get and whether failing is slow; they go down
and come back, and a probe sees most outages. Everything is drawn before anybody chooses, so that all policies meet the
same luck.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from services.ranker.domain.columns import Floats, Mask

SITES, SORTS, GROUPS = 8, 6, 5
SHARES = (0.35, 0.25, 0.15, 0.1, 0.1, 0.05)
"""How often each sort of topology is asked for."""
GOES_DOWN, COMES_BACK = 1 / 400, 1 / 40
"""A deployment."""
SEEN_DOWN = 0.7
"""The share of looks at a site that is down which find it so."""
SUCCESS_WHEN_DOWN = 0.02
SLOW_WHEN_DOWN = 0.7
SLOW, QUICK = (20.0, 60.0), (1.0, 3.0)
"""Minutes that a failure takes, from and to."""
FULL, BITES = 0.8, 5.0


class Deployment(NamedTuple):
    """One request and the truth about it, by site. Minutes are those of the trial as it would have ended.

    `load` and `up` are what was seen of the sites just before.
    """

    group: int
    sort: int
    may: list[int]
    chance: Floats
    expected: Floats
    succeeds: Mask
    minutes: Floats
    load: Floats
    up: Mask


class World:
    """One federation, drawn by its seed."""

    def __init__(self, seed: int) -> None:
        self._chance = chance = np.random.default_rng(seed)
        self._quality = chance.normal(1.5, 1.0, SITES)
        self._hardness = chance.normal(0, 0.6, SORTS)
        self._suits = chance.normal(0, 0.7, (SITES, SORTS))
        self._minutes = chance.uniform(6, 25, SITES)
        self._longer = chance.uniform(0.6, 2.2, SORTS)
        self._load = chance.uniform(0.3, 0.8, SITES)
        self._usual_load = chance.uniform(0.35, 0.85, SITES)
        self._slow = chance.uniform(0.1, 0.7, SITES)
        self._down: Mask = np.zeros(SITES, np.bool_)
        self.promised = np.exp(chance.uniform(np.log(5), np.log(245), (GROUPS, SITES)))
        self.may = [
            sorted(chance.choice(SITES, int(chance.integers(5, SITES + 1)), replace=False).tolist())
            for _ in range(GROUPS)
        ]
        self.response = chance.uniform(50, 1000, (SITES, 3))

    def history(self, deployments: int) -> Iterator[Deployment]:
        """So many deployments, one after the other."""
        for _ in range(deployments):
            self._drift()
            yield self._deployment()

    def _drift(self) -> None:
        chance = self._chance
        pull = 0.05 * (self._usual_load - self._load) + chance.normal(0, 0.05, SITES)
        self._load = np.clip(self._load + pull, 0, 1)
        luck = chance.random(SITES)
        self._down = np.where(self._down, luck > COMES_BACK, luck < GOES_DOWN)

    def _deployment(self) -> Deployment:
        chance, group = self._chance, int(self._chance.integers(GROUPS))
        sort = int(chance.choice(SORTS, p=SHARES))
        odds = self._quality - self._hardness[sort] + self._suits[:, sort]
        odds = odds - BITES * np.maximum(0, self._load - FULL) / (1 - FULL)
        success = np.where(self._down, SUCCESS_WHEN_DOWN, 1 / (1 + np.exp(-odds)))
        slow = np.where(self._down, SLOW_WHEN_DOWN, self._slow)
        good, bad = self._minutes * self._longer[sort], slow * np.mean(SLOW) + (1 - slow) * np.mean(QUICK)
        succeeds = chance.random(SITES) < success
        failing = np.where(chance.random(SITES) < slow, chance.uniform(*SLOW, SITES), chance.uniform(*QUICK, SITES))
        lasting = good * np.exp(chance.normal(-0.045, 0.3, SITES))
        return Deployment(
            group=group,
            sort=sort,
            may=self.may[group],
            chance=success,
            expected=success * good + (1 - success) * bad,
            succeeds=succeeds,
            minutes=np.where(succeeds, lasting, failing),
            load=np.clip(self._load + chance.normal(0, 0.03, SITES), 0, 0.99),
            up=~(self._down & (chance.random(SITES) < SEEN_DOWN)),
        )
