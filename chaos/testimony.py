"""What must be true of one deployment's story, whatever was killed while it was told."""

from collections.abc import Iterator

from chaos.evidence import Ending, Fault, Finding
from chaos.story import Story, repeated
from shared.contracts.deployments import (
    DeletionRequested,
    DeploymentCompleted,
    DeploymentDeleted,
    DeploymentFailed,
    DeploymentRequested,
)
from shared.contracts.message import Message
from shared.contracts.ranking import NoSiteFits, SitesRanked
from shared.contracts.trials import CleanUpStuck, TrialCleaned, TrialFailed, TrialMessage, TrialStarted, TrialSucceeded
from shared.contracts.vocabulary import Cause, TrialNo

ONCE: tuple[type[Message], ...] = (DeploymentRequested, DeploymentCompleted, DeploymentFailed, DeploymentDeleted)
ONCE_A_TRIAL: tuple[type[TrialMessage], ...] = (TrialStarted, TrialSucceeded, CleanUpStuck)
ENDS: tuple[type[Message], ...] = (DeploymentCompleted, DeploymentFailed, DeploymentDeleted)


def cross_examine(story: Story) -> Iterator[Finding]:
    """All that is wrong with a story in itself."""
    yield from _nothing_happens_twice(story)
    yield from _everything_has_its_place(story)
    yield from _it_ends(story)
    for number in dict.fromkeys(story.started):
        yield from _a_trial_ends(story, number)
    yield from _the_end_is_what_happened(story)


def _nothing_happens_twice(story: Story) -> Iterator[Finding]:
    """Two facts with two ids; the same id again is a redelivery."""
    for kind in ONCE:
        if len(told := story.of(kind)) > 1:
            yield Finding(Fault.DOUBLED, story.deployment, f"{kind.type()} was told {len(told)} times")
    if (answers := len(story.of(SitesRanked)) + len(story.of(NoSiteFits))) > 1:
        yield Finding(Fault.DOUBLED, story.deployment, f"the sites were ranked {answers} times")
    for kind in ONCE_A_TRIAL:
        for number in repeated(body.trial for body in story.of(kind)):
            yield Finding(Fault.DOUBLED, story.deployment, f"{kind.type()} was told twice of trial {number}")
    # Who waits too long says so itself, and the site may fail, or even succeed, at that very moment.
    failures = [(body.trial, body.cause is Cause.TIMEOUT) for body in story.of(TrialFailed)]
    for failed in repeated(failures):
        yield Finding(Fault.DOUBLED, story.deployment, f"TrialFailed was told twice of {failed}")
    # A deletion orders every clean-up again that it has not yet heard of.
    cleanings = 1 + len(story.of(DeletionRequested))
    for number in set(story.started):
        if len(story.trial(number, TrialCleaned)) > cleanings:
            yield Finding(Fault.DOUBLED, story.deployment, f"trial {number} was cleaned more often than was ordered")


def _everything_has_its_place(story: Story) -> Iterator[Finding]:
    """Causes come first, numbers rise by one, and after the end nothing begins."""
    if len({fact.partition for fact in story.facts}) > 1:
        yield Finding(Fault.DISORDER, story.deployment, "was told on several partitions, so it has no order")
    if not isinstance(story.facts[0].body, DeploymentRequested) and story.of(DeploymentRequested):
        yield Finding(Fault.DISORDER, story.deployment, f"began with {story.facts[0].type}")
    if list(dict.fromkeys(story.started)) != list(range(1, len(set(story.started)) + 1)):
        yield Finding(Fault.DISORDER, story.deployment, f"trials were started in the order {story.started}")
    ended, failed, ranked = False, set[int](), False
    for fact in story.facts:
        body = fact.body
        ranked = ranked or isinstance(body, SitesRanked)
        if isinstance(body, TrialFailed):
            failed.add(body.trial)
        if isinstance(body, TrialStarted):
            if ended:
                yield Finding(Fault.DISORDER, story.deployment, f"trial {body.trial} was started after the end")
            if not ranked:
                fault = Fault.DISORDER if story.of(SitesRanked) else Fault.LOST
                yield Finding(fault, story.deployment, f"trial {body.trial} was started before any ranking")
            if body.trial > 1 and body.trial - 1 not in failed:
                yield Finding(Fault.DISORDER, story.deployment, f"trial {body.trial} did not wait for the one before")
        ended = ended or isinstance(body, ENDS)
    yield from _no_trial_before_its_start(story)


def _no_trial_before_its_start(story: Story) -> Iterator[Finding]:
    started: set[int] = set()
    for fact in story.facts:
        if isinstance(fact.body, TrialStarted):
            started.add(fact.body.trial)
        elif isinstance(fact.body, TrialMessage) and fact.body.trial not in started:
            fault = Fault.DISORDER if fact.body.trial in story.started else Fault.LOST
            yield Finding(
                fault, story.deployment, f"{fact.type} of trial {fact.body.trial}, which had not been started"
            )


def _it_ends(story: Story) -> Iterator[Finding]:
    if story.ending is None:
        yield Finding(Fault.STUCK, story.deployment, f"has no end; the last that was told is {story.facts[-1].type}")
    if story.ending is Ending.DELETE_FAILED:
        yield Finding(Fault.STUCK, story.deployment, "could not be deleted")
    completed, failed = story.of(DeploymentCompleted), story.of(DeploymentFailed)
    if completed and failed:
        yield Finding(Fault.WRONG_END, story.deployment, "was told to have completed and to have failed")
    if story.of(DeploymentDeleted) and not story.of(DeletionRequested):
        yield Finding(Fault.WRONG_END, story.deployment, "was deleted though nobody had asked for it")


def _a_trial_ends(story: Story, number: TrialNo) -> Iterator[Finding]:
    """Every trial succeeds or fails; one that was given up, by failure or deletion, is cleaned or kept."""
    succeeded = bool(story.trial(number, TrialSucceeded))
    failures = [body for body in story.of(TrialFailed) if body.trial == number]
    cleaned = bool(story.trial(number, TrialCleaned))
    if not (succeeded or failures or cleaned):
        yield Finding(Fault.LOST, story.deployment, f"trial {number} was started and nothing came of it")
    if succeeded and any(failure.cause is not Cause.TIMEOUT for failure in failures):
        yield Finding(
            Fault.WRONG_END, story.deployment, f"trial {number} was told to have succeeded and to have failed"
        )
    given_up = bool(failures) or bool(story.of(DeploymentDeleted))
    if given_up and not cleaned and number not in story.kept:
        yield Finding(Fault.STUCK, story.deployment, f"trial {number} was given up and never seen to be gone")


def _the_end_is_what_happened(story: Story) -> Iterator[Finding]:
    last = story.started[-1] if story.started else None
    succeeded = {body.trial for body in story.of(TrialSucceeded)}
    failed = {body.trial for body in story.of(TrialFailed)}
    for completed in story.of(DeploymentCompleted):
        if last is None or last not in succeeded or last in failed:
            yield Finding(Fault.WRONG_END, story.deployment, "completed though its last trial did not succeed")
        if [brief.trial for brief in completed.trials] != story.started:
            yield Finding(Fault.WRONG_END, story.deployment, "completed with other trials than were started")
    for failure in story.of(DeploymentFailed):
        if last is not None and last not in failed:
            yield Finding(Fault.WRONG_END, story.deployment, "failed though its last trial did not")
        if [brief.trial for brief in failure.trials] != story.started:
            yield Finding(Fault.WRONG_END, story.deployment, "failed with other trials than were started")
    unranked = not story.of(SitesRanked) and not story.of(NoSiteFits)
    if unranked and any(failure.cause is not Cause.TIMEOUT for failure in story.of(DeploymentFailed)):
        yield Finding(Fault.LOST, story.deployment, "failed for want of a site, and its ranking was never told")
    went_on = bool(story.started) or bool(story.of(DeploymentCompleted))
    if story.of(NoSiteFits) and went_on:
        yield Finding(Fault.WRONG_END, story.deployment, "went on though no site fits")
    yield from _gone_before_deleted(story)


def _gone_before_deleted(story: Story) -> Iterator[Finding]:
    remaining = set(story.started)
    for fact in story.facts:
        if isinstance(fact.body, TrialCleaned):
            remaining.discard(fact.body.trial)
        elif isinstance(fact.body, DeploymentDeleted) and remaining:
            trials = ", ".join(map(str, sorted(remaining)))
            yield Finding(Fault.WRONG_END, story.deployment, f"was told to be gone before its trial {trials} was")
            return
