"""Jobs of a topology: what runs to its end, and in which order."""

from services.gateway.domain.tosca.model import Draft, NodeDraft
from shared.contracts.topology import Job

CHRONOS = "tosca.nodes.indigo.Container.Application.Docker.Chronos"
BATCH = "tosca.nodes.indigo.Batch.Job"
QCG = "tosca.nodes.indigo.Qcg.Job"
PARENT = "parent_job"


def jobs_of(draft: Draft) -> tuple[Job, ...]:
    """The jobs in the order of the template; each waits for the jobs that any of its requirements names.

    Circles were refused before. A job that follows another and has a schedule of its own is warned of, for the
    schedulers of the field take one or the other.
    """
    jobs = [node for node in draft.nodes.values() if _is_job(node)]
    names = {node.name for node in jobs}
    for node in jobs:
        if node.linked(PARENT) is not None and node.properties.get("schedule") is not None:
            message = f"`{node.name}` follows another job and has a `schedule` of its own; leave one of them out"
            draft.report.warn("schedule-and-parent", (*node.path, "properties", "schedule"), message)
    return tuple(Job(node=node.name, after=_after(node, names)) for node in jobs)


def _is_job(node: NodeDraft) -> bool:
    return any(node.type.is_a(name) for name in (CHRONOS, BATCH, QCG))


def _after(node: NodeDraft, jobs: set[str]) -> tuple[str, ...]:
    targets = (link.target.name for link in node.links if link.target is not None)
    return tuple(dict.fromkeys(target for target in targets if target in jobs))
