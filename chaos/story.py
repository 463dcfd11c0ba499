"""One deployment's story: what was told of it, each fact once, in order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from chaos.evidence import Ending, Heard
from shared.contracts.deployments import (
    DeletionFailed,
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
)
from shared.contracts.message import Message
from shared.contracts.trials import TrialMessage, TrialOutcome, TrialStarted
from shared.contracts.vocabulary import TrialNo

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Story:
    """The facts about one deployment. What was delivered again (the same id) is here once, at its first place."""

    deployment: str
    facts: Sequence[Heard]

    def of(self, kind: type[M]) -> list[M]:
        """The facts of one kind."""
        return [fact.body for fact in self.facts if isinstance(fact.body, kind)]

    def trial(self, number: TrialNo, kind: type[TrialMessage]) -> list[TrialMessage]:
        """The facts of one kind about one trial."""
        return [body for body in self.of(kind) if body.trial == number]

    @cached_property
    def started(self) -> list[TrialNo]:
        """The trials that were started, in the order in which that was told."""
        return [body.trial for body in self.of(TrialStarted)]

    @cached_property
    def ending(self) -> Ending | None:
        """How it ended, if it did: a deletion that was asked for outweighs what came of the creation."""
        ending: Ending | None = None
        deleting = False
        for fact in self.facts:
            match fact.body:
                case DeletionRequested() if ending is not Ending.DELETE_COMPLETE:
                    ending, deleting = None, True
                case DeploymentCompleted() if not deleting:
                    ending = Ending.CREATE_COMPLETE
                case DeploymentFailed() if not deleting:
                    ending = Ending.CREATE_FAILED
                case DeploymentDeleted():
                    ending = Ending.DELETE_COMPLETE
                case DeletionFailed() if ending is not Ending.DELETE_COMPLETE:
                    ending = Ending.DELETE_FAILED
                case _:
                    pass
        return ending

    @cached_property
    def kept(self) -> set[TrialNo]:
        """Failed trials that are left standing because their user wants to look at them."""
        if self.ending is not Ending.CREATE_FAILED:
            return set()
        trials = (trial for body in self.of(DeploymentFailed) for trial in body.trials)
        return {trial.trial for trial in trials if trial.outcome is TrialOutcome.KEPT}


def stories(heard: Iterable[Heard]) -> dict[str, Story]:
    """The story of every deployment of which anything was told."""
    facts: dict[str, list[Heard]] = {}
    seen: set[tuple[str, str]] = set()
    for fact in heard:
        if (fact.key, fact.id) not in seen:
            seen.add((fact.key, fact.id))
            facts.setdefault(fact.key, []).append(fact)
    return {key: Story(key, told) for key, told in facts.items()}


def repeated(values: Iterable[object]) -> Iterator[object]:
    """What occurs more than once, each time but the first."""
    seen: set[object] = set()
    for value in values:
        if value in seen:
            yield value
        seen.add(value)
