"""Many worlds, each lived by all policies: how long users wait for a working deployment, and by how much less."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean, stdev

from benchmarks.measured import collect
from benchmarks.rank.simulation import POLICIES, Lived, lived

SEEDS = 40
GOAL = 0.35
"""So much less waiting than by the old formula is the goal, in every world."""
HEAD = f"{'who chooses':12} {'minutes':>8} {'trials':>7} {'first try':>10} {'saved':>16} {'better in':>10}"


def bench(build: Path, say: Callable[[str], None], seeds: int = SEEDS) -> dict[str, float]:
    """The figures: `rank.mean_minutes_*` by policy, and `rank.seeds_won`, the worlds where `index` beats `legacy`."""
    with ProcessPoolExecutor() as pool:
        worlds = list(pool.map(lived, range(seeds)))
    say(HEAD)
    for name in POLICIES:
        say(line(name, worlds))
    found = figures(worlds)
    collect(build / "bench.json", found)
    return found


def figures(worlds: Sequence[Lived]) -> dict[str, float]:
    """What many worlds come to. `saved` is a share of the minutes by the old formula; the oracle shows what can be."""
    means = {name: fmean(minutes(name, worlds)) for name in POLICIES}
    saved, could = saved_by("index", worlds), saved_by("oracle", worlds)
    return {
        **{f"rank.mean_minutes_{name}": mean for name, mean in means.items()},
        "rank.seeds_won": sum(share > 0 for share in saved),
        "rank.saved": 1 - means["index"] / means["legacy"],
        "rank.saved_least": min(saved),
        "rank.saved_goal_seeds": sum(share >= GOAL for share in saved),
        "rank.saved_goal_seeds_oracle": sum(share >= GOAL for share in could),
        "rank.gap_closed": (means["legacy"] - means["index"]) / (means["legacy"] - means["oracle"]),
    }


def verdict(found: Mapping[str, float], seeds: int = SEEDS) -> Iterator[str]:
    """The figures beside the goal, for people."""
    yield (
        f"{found['rank.mean_minutes_index']:6.1f} minutes to success, {found['rank.mean_minutes_legacy']:.1f} by the"
        f" old formula: {found['rank.saved']:.0%} less (goal {GOAL:.0%}),"
        f" less in {found['rank.seeds_won']:.0f} of {seeds} worlds"
    )
    yield (
        f"{found['rank.saved_goal_seeds']:6.0f} worlds reach the goal each; whoever knows everything reaches it in"
        f" {found['rank.saved_goal_seeds_oracle']:.0f}; {found['rank.gap_closed']:.0%} of what can be saved is saved"
    )


def line(name: str, worlds: Sequence[Lived]) -> str:
    """One policy in all worlds, beside the old formula; the interval holds 95 % of such means."""
    told = [world.policies[name] for world in worlds]
    fewer = [old - new for old, new in zip(minutes("legacy", worlds), minutes(name, worlds), strict=True)]
    half = 1.96 * stdev(fewer) / math.sqrt(len(fewer)) if len(fewer) > 1 else math.nan
    return (
        f"{name:12} {fmean(one.minutes for one in told):8.2f} {fmean(one.trials for one in told):7.3f}"
        f" {fmean(one.first for one in told):10.1%} {fmean(fewer):8.2f} ± {half:5.2f}"
        f" {sum(one > 0 for one in fewer):5} / {len(fewer)}"
    )


def minutes(name: str, worlds: Sequence[Lived]) -> list[float]:
    """Of one policy, world by world."""
    return [world.policies[name].minutes for world in worlds]


def saved_by(name: str, worlds: Sequence[Lived]) -> list[float]:
    """The share of the old formula's minutes that a policy saves, world by world."""
    both = zip(minutes(name, worlds), minutes("legacy", worlds), strict=True)
    return [1 - mine / legacy for mine, legacy in both]
