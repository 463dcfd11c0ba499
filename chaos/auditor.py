"""The auditor: judges by the topic, the cloud's ledger and what users were promised.

Pure, and knows nothing of our tables.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from chaos.evidence import Evidence, Fault, Finding, Heard, Verdict
from chaos.standing import inspect
from chaos.story import Story, stories
from chaos.testimony import cross_examine
from shared.contracts.deployments import DeletionRequested, DeploymentRequested


def audit(evidence: Evidence) -> Verdict:
    """What is wrong, if anything. Judges a system at rest: what may still come is missing."""
    told = stories(evidence.heard)
    findings = [
        *_promises_are_kept(evidence, told),
        *_an_id_is_one_fact(evidence.heard),
        *(finding for story in told.values() for finding in cross_examine(story)),
        *inspect(evidence.ledger, told),
        *_users_see_the_truth(evidence, told),
        *(Finding(Fault.REFUSED, answer, "to a request that is right") for answer in evidence.refused),
        *(Finding(Fault.LOST, letter, "was set aside as a dead letter") for letter in evidence.set_aside),
    ]
    return Verdict(
        findings=tuple(findings),
        deployments=len(told),
        events=sum(len(story.facts) for story in told.values()),
        redelivered=len(evidence.heard) - sum(len(story.facts) for story in told.values()),
        endings=Counter(story.ending for story in told.values() if story.ending is not None),
    )


def _promises_are_kept(evidence: Evidence, told: Mapping[str, Story]) -> Iterator[Finding]:
    """What was promised is on the topic, and nothing is there that was not."""
    for deployment in evidence.accepted:
        if deployment not in told or not told[deployment].of(DeploymentRequested):
            yield Finding(Fault.LOST, deployment, "was accepted, and the request is not on the topic")
    for deployment in evidence.deleted:
        if deployment not in told or not told[deployment].of(DeletionRequested):
            yield Finding(Fault.LOST, deployment, "its deletion was accepted, and is not on the topic")
    for uninvited in told.keys() - set(evidence.accepted):
        yield Finding(Fault.DOUBLED, uninvited, "is on the topic, and nobody was told its id")


def _an_id_is_one_fact(heard: Iterable[Heard]) -> Iterator[Finding]:
    first: dict[str, Heard] = {}
    for fact in heard:
        known = first.setdefault(fact.id, fact)
        if (known.key, known.type, known.body) != (fact.key, fact.type, fact.body):
            yield Finding(Fault.DOUBLED, fact.key, f"{known.type} and {fact.type} are different facts under one id")


def _users_see_the_truth(evidence: Evidence, told: Mapping[str, Story]) -> Iterator[Finding]:
    for deployment, status in evidence.shown.items():
        story = told.get(deployment)
        if story is not None and story.ending is not None and status != story.ending:
            yield Finding(Fault.WRONG_END, deployment, f"ended as {story.ending}, and its user sees {status}")
