"""Making something else of a standing infrastructure: more machines, fewer, other ones, other software.

IM merges a new template into the one it keeps, and makes what is missing. It is told first which machines have to go,
one by one, so that doing it all again after a crash finds less to do, and nothing twice.
"""

from datetime import timedelta
from http import HTTPStatus

from services.deployer.backends.im import outcome
from services.deployer.backends.im.rewriting.elastic import WayBack
from services.deployer.backends.im.rewriting.scaling import retyped
from services.deployer.backends.im.rewriting.whole import changed, written
from services.deployer.backends.im.standing import Standing, named_for_removal, to_remove
from services.deployer.ports import Broken, Created, Target
from shared.contracts.vocabulary import Cause
from shared.failures import Transient

SOON = timedelta(seconds=2)
BUSY = "The Infrastructure Manager is busy with the infrastructure."


async def change(site: Standing, target: Target, way: WayBack) -> Created | Broken:
    """Remove what has to go, then hand in the whole new template.

    `Created`: IM took it, and `progress` tells how it goes on. Raises `Transient`, also while IM is busy with the
    infrastructure, `WrongPlace` and `yaml.YAMLError`.
    """
    seen = await site.states()
    if isinstance(seen, Broken):
        return seen
    named = named_for_removal(target.topology, site.infrastructure)
    if isinstance(named, str):
        return Broken(Cause.TEMPLATE, f"There is no machine {named!r} that could be removed.", site_fault=False)
    kept = await site.document()
    document = changed(target, kept, way)
    machines = await site.machines(list(seen[1]))
    going = to_remove(target.topology, machines, named, retyped(document, kept))
    if going:
        answer = await site.client.remove(site.door, site.infrastructure, going)
        if answer.absent or answer.status == HTTPStatus.CONFLICT:
            raise Transient(BUSY, SOON)
        if not answer.ok:
            return outcome.refused(answer.status, answer.text)
    answer = await site.client.add(site.door, site.infrastructure, written(document))
    if answer.status == HTTPStatus.CONFLICT:
        raise Transient(BUSY, SOON)
    return Created(site.infrastructure) if answer.ok else outcome.refused(answer.status, answer.text)
