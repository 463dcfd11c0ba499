"""Tells what happens to one deployment, and checks that it is true."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.addresses import Addresses
from embedded.demo.clients import Gateway, Manager, Refusal
from shared.contracts.topology import Json

TEMPLATE = Path(__file__).parent / "template.yaml"
PARAMETERS: Mapping[str, object] = {"num_cpus": 2, "mem_size": "2 GB"}

_PATIENCE = 180.0
"""Seconds for each half of the story: until it stands, until it is gone."""


@dataclass(slots=True)
class Story:
    """What was told about one deployment, in order."""

    deployment: str
    entries: list[dict[str, Json]] = field(default_factory=list)

    def told(self, kind: str) -> list[dict[str, Json]]:
        """The events of a kind."""
        return [entry["event"] for entry in self.entries if entry["type"] == kind]

    def trials(self, kind: str) -> set[int]:
        """The trials that something of this kind was told about."""
        return {event["trial"] for event in self.told(kind)}

    @property
    def stands(self) -> bool:
        """Whether it is decided, and what failed is cleaned up."""
        decided = self.told("DeploymentCompleted") or self.told("DeploymentFailed")
        return bool(decided) and self.trials("TrialFailed") <= self.trials("TrialCleaned")

    @property
    def is_over(self) -> bool:
        """Whether it is gone, or cannot go."""
        return bool(self.told("DeploymentDeleted") or self.told("DeletionFailed"))


def tell(known: Addresses, token: str, *, keep: bool) -> bool:
    """Create, watch, look, delete (unless `keep`). Whether everything was as it must be."""
    if known.gateway is None or known.im is None:
        print("the demo needs the gateway and the Infrastructure Manager", file=sys.stderr)
        return False
    try:
        return _tell(Gateway(known.gateway, token), Manager(known.im, token), keep=keep)
    except Refusal as problem:
        print(problem, file=sys.stderr)
        return False


def _tell(gateway: Gateway, manager: Manager, *, keep: bool) -> bool:
    before = manager.infrastructures()
    story = Story(gateway.create(TEMPLATE.read_text(encoding="utf-8"), PARAMETERS))
    print(f"\nalice sends {TEMPLATE.name} to the gateway: deployment {story.deployment}\n", flush=True)
    _follow(gateway, story, lambda: story.stands)
    facts = list(_facts(gateway, manager, story, before))
    if not keep:
        gateway.delete(story.deployment)
        print("\nalice asks for it to be deleted\n", flush=True)
        _follow(gateway, story, lambda: story.is_over)
        facts += _facts_after(gateway, manager, story, before)
    print()
    for sentence, is_true in facts:
        print(f"  {'yes' if is_true else 'NO '}  {sentence}")
    print(flush=True)
    return all(is_true for _, is_true in facts)


def _follow(gateway: Gateway, story: Story, done: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not done():
        seen = story.entries[-1]["seq"] if story.entries else 0
        for entry in gateway.timeline(story.deployment, seen):
            story.entries.append(entry)
            _show(entry)
            if done():
                return
            if time.monotonic() > until:
                raise Refusal(f"deployment {story.deployment} is not where it should be after {_PATIENCE:.0f} s")


def _show(entry: Mapping[str, Json]) -> None:
    print(f"  {entry['time'][11:19]}  {entry['source']:<10}{entry['sentence']}", flush=True)
    event = entry["event"]
    for place, candidate in enumerate(event.get("candidates") or (), start=1):
        score = candidate["score"]
        print(
            f"{'':22}{place}. {candidate['site']} / {candidate['service']}: index {score['index']:.4g} "
            f"(success {score['success']:.2f}, expected {score['expected']:.0f} s)"
        )
    for rejection in event.get("rejected") or ():
        print(f"{'':22}-  {rejection['site']} / {rejection['service']}: {rejection['sentence']}")
    for name, value in (event.get("outputs") or {}).items():
        print(f"{'':22}{name} = {value}")


def _facts(gateway: Gateway, manager: Manager, story: Story, before: set[str]) -> Iterator[tuple[str, bool]]:
    ranked = [candidate["site"] for event in story.told("SitesRanked") for candidate in event["candidates"]]
    tried = [event["site"] for event in story.told("TrialStarted")]
    shown = gateway.show(story.deployment)
    new = manager.infrastructures() - before
    yield "the ranker named at least two sites", len(ranked) > 1
    yield "the best one was tried first and failed", ranked[:1] == tried[:1] and 1 in story.trials("TrialFailed")
    yield "what it had made there is gone, verified", 1 in story.trials("TrialCleaned")
    yield (
        "the second one was tried next and runs it",
        ranked[1:2] == tried[1:] and story.trials("TrialSucceeded") == {2},
    )
    yield "the gateway says CREATE_COMPLETE", shown["status"] == "CREATE_COMPLETE"
    yield "the outputs are known", bool(shown.get("outputs")) and None not in shown["outputs"].values()
    yield f"the Infrastructure Manager itself has exactly one infrastructure of it ({len(new)})", len(new) == 1


def _facts_after(gateway: Gateway, manager: Manager, story: Story, before: set[str]) -> list[tuple[str, bool]]:
    left = manager.infrastructures() - before
    return [
        ("the gateway says DELETE_COMPLETE", gateway.show(story.deployment)["status"] == "DELETE_COMPLETE"),
        (f"the Infrastructure Manager has none of it any more ({len(left)})", not left),
    ]
