"""Starting, stopping and restarting machines that stand."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.deployer.backends.im import outcome
from services.deployer.backends.im.machines import resources
from services.deployer.backends.im.marks import Remembered
from services.deployer.backends.im.standing import OFF, Standing, number_of
from services.deployer.ports import Acted, Broken, Pending, Target
from shared.contracts.vocabulary import Action, Cause

SOON = timedelta(seconds=2)
ON = frozenset({"running", "configured", "unconfigured"})
VERBS = {Action.START: "start", Action.STOP: "stop", Action.RESTART: "reboot"}
WANTED = {Action.START: ON, Action.STOP: OFF}


async def act(
    site: Standing, target: Target, action: Action, machines: Sequence[str], told: Remembered[Action]
) -> Acted | Pending | Broken:
    """Tell IM, once for each machine, until all are as wanted. Raises `Transient`.

    `told` remembers for each machine what IM was told last: a machine on its way must not be told again. A restart is
    over when IM has taken it; after a crash it may happen twice.
    """
    numbers = {machine: number_of(machine, site.infrastructure) for machine in machines}
    mine = [number for number in numbers.values() if number is not None]
    seen = await site.states()
    if isinstance(seen, Broken):
        return seen
    for machine, number in numbers.items():
        if number not in seen[1]:
            return Broken(Cause.BACKEND, f"There is no machine {machine!r} in this deployment.", site_fault=False)
    for number in _not_yet(seen[1], mine, action):
        refusal = await _tell(site, number, action, told)
        if refusal is not None:
            _forget(site, mine, told)
            return refusal
    seen = await site.states()
    if isinstance(seen, Broken):
        return seen
    waiting = _not_yet(seen[1], mine, action) if action in WANTED else []
    if waiting:
        return Pending(f"{len(mine) - len(waiting)} of {len(mine)} machines are as wanted by now.", again=SOON)
    _forget(site, mine, told)
    return Acted(resources(target.topology, site.infrastructure, await site.machines(list(seen[1]))))


def _not_yet(states: Mapping[str, str], numbers: Sequence[str], action: Action) -> list[str]:
    """The machines that are not as wanted; a restart leaves no trace, so none of them is."""
    return [number for number in numbers if states.get(number) not in WANTED.get(action, frozenset())]


async def _tell(site: Standing, number: str, action: Action, told: Remembered[Action]) -> Broken | None:
    key = f"{site.infrastructure}/{number}"
    if told.get(key) is action:
        return None
    answer = await site.client.operate(site.door, site.infrastructure, number, VERBS[action])
    if not answer.ok:
        return outcome.refused(answer.status, answer.text)
    told.keep(key, action)
    return None


def _forget(site: Standing, numbers: Sequence[str], told: Remembered[Action]) -> None:
    for number in numbers:
        told.drop(f"{site.infrastructure}/{number}")
