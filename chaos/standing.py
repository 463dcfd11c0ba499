"""What must be true of the cloud: one stack for each deployment that stands, made once, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chaos.evidence import Ending, Fault, Finding
from chaos.story import Story
from shared.contracts.topology import Json
from shared.contracts.vocabulary import TrialNo

CREATED = "created"
ENDED = ("deleted", "forgotten")
TAG = "corale-"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a stack is, as its tag `corale-<deployment>-<trial>` says."""

    deployment: str
    trial: TrialNo


def owner_of(tag: str) -> Owner | None:
    """`None` for a tag that is not ours."""
    deployment, _, trial = tag.removeprefix(TAG).rpartition("-")
    if not tag.startswith(TAG) or not deployment or not trial.isdecimal():
        return None
    return Owner(deployment, TrialNo(int(trial)))


def inspect(ledger: Iterable[Mapping[str, Json]], stories: Mapping[str, Story]) -> Iterator[Finding]:
    """All that is wrong with what stands, and with what was ever made."""
    ever: Counter[str] = Counter()
    live: dict[str, str] = {}
    for line in ledger:
        if line["event"] == CREATED:
            ever[line["tag"]] += 1
            live[line["stack"]] = line["tag"]
        elif line["event"] in ENDED:
            live.pop(line["stack"], None)
    yield from _made_once(ever, stories)
    yield from _owned(Counter(live.values()), stories)


def _made_once(ever: Counter[str], stories: Mapping[str, Story]) -> Iterator[Finding]:
    for tag, times in ever.items():
        if times > 1:
            yield Finding(Fault.DOUBLED, tag, f"was created {times} times in the cloud")
        owner = owner_of(tag)
        story = stories.get(owner.deployment) if owner else None
        if owner and (story is None or owner.trial not in story.started):
            yield Finding(
                Fault.LOST, owner.deployment, f"trial {owner.trial} was created, and its start was never told"
            )


def _owned(live: Counter[str], stories: Mapping[str, Story]) -> Iterator[Finding]:
    wanted = {tag: story for story in stories.values() for tag in _wanted(story)}
    for tag, story in wanted.items():
        if not live[tag] and story.ending is Ending.CREATE_COMPLETE:
            yield Finding(Fault.WRONG_END, story.deployment, f"is said to stand, but {tag} is not in the cloud")
    for tag, number in live.items():
        if tag not in wanted:
            owner = owner_of(tag)
            yield Finding(Fault.LEAKED, owner.deployment if owner else tag, f"{tag} stands, and nobody wants it")
        elif number > 1:
            yield Finding(Fault.DOUBLED, wanted[tag].deployment, f"{tag} stands {number} times")


def _wanted(story: Story) -> Iterator[str]:
    """Tags that may stand: the last trial's, or that of a failed one that is kept, if the site had made anything."""
    trials = set(story.kept)
    if story.ending is Ending.CREATE_COMPLETE and story.started:
        trials.add(story.started[-1])
    return (f"{TAG}{story.deployment}-{trial}" for trial in trials)
