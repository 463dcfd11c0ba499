"""The `Backend` over IM's REST API: asks, and turns what IM says into outcomes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import yaml

from services.deployer.backends.im import authorization, machines, outcome
from services.deployer.backends.im.authorization import Secrets, Unsuitable
from services.deployer.backends.im.client import Answer, Door, ImClient
from services.deployer.backends.im.marks import Remembered, mark_in_radl, mark_in_tosca
from services.deployer.backends.im.places import WrongPlace
from services.deployer.backends.im.settings import Settings
from services.deployer.backends.im.template import prepared
from services.deployer.ports import Broken, Created, Features, Going, Gone, Pending, Ready, Target
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Cause
from shared.failures import Transient

AT_ONCE = 8
"""How many questions about one trial are under way at the same time."""

SOON = timedelta(seconds=2)
SHORTEST_SECRET = 4
UNDER_WAY = 409

T = TypeVar("T")


class InfrastructureManager:
    """IM keeps what it makes under the user's name; our tag in it says which trial it belongs to.

    What is remembered here only saves questions: a new process does the same with a few more of them.
    """

    def __init__(self, settings: Settings, client: ImClient) -> None:
        self._settings = settings
        self._client = client
        self._marks: Remembered[str | None] = Remembered()
        self._nodes: Remembered[str] = Remembered()
        self._waited: Remembered[int] = Remembered()
        self._told_to_go: Remembered[bool] = Remembered()

    @property
    def features(self) -> Features:
        return Features(needs_access=True)

    async def create(self, target: Target) -> Created | Broken:
        try:
            door, template = self._door(target), prepared(target)
        except Unsuitable as fault:
            return self._hidden(target, Broken(self._unfit(target), str(fault)))
        except (WrongPlace, yaml.YAMLError) as fault:
            return self._hidden(target, Broken(Cause.CONFIGURATION, str(fault), site_fault=False))
        answer = await self._client.create(door, template)
        if not answer.ok:
            return self._hidden(target, outcome.refused(answer.status, answer.text))
        return Created(_created_id(answer))

    async def find(self, target: Target) -> str | None:
        try:
            door = self._door(target, with_site=False)
        except Unsuitable:
            return None
        standing = await self._standing(door, target.tag)
        if isinstance(standing, Answer):
            raise Transient(f"The Infrastructure Manager does not let us look (status {standing.status}).")
        return standing[0] if standing else None

    async def progress(self, target: Target) -> Pending | Ready | Broken:
        try:
            door = self._door(target)
        except Unsuitable as fault:
            return self._hidden(target, Broken(self._unfit(target), str(fault)))
        infrastructure = target.external_id or await self.find(target)
        if infrastructure is None:
            return Broken(Cause.BACKEND, "Nothing of this trial exists at the Infrastructure Manager.")
        answer = await self._client.read(door, infrastructure, "state")
        if answer.absent:
            return Broken(Cause.BACKEND, "The infrastructure has vanished from the Infrastructure Manager.")
        if not answer.ok:
            return self._hidden(target, outcome.refused(answer.status, answer.text))
        state, states = _states(answer.body)
        if state == "configured":
            return await self._ready(door, target, infrastructure, states)
        if state in ("failed", "unconfigured"):
            log = await self._client.read(door, infrastructure, "contmsg")
            return self._hidden(target, outcome.failed(state, str(_field(log.body, "contmsg") or "")))
        if state == "deleting":
            return Broken(Cause.BACKEND, "The infrastructure is being removed at the Infrastructure Manager.")
        return await self._pending(door, target, infrastructure, states)

    async def destroy(self, target: Target, *, force: bool = False) -> Gone | Going | Broken:
        try:
            looking = self._door(target, with_site=False)
            standing = await self._standing(looking, target.tag)
            if isinstance(standing, Answer):
                return self._hidden(target, outcome.refused(standing.status, standing.text))
            if not standing:
                return Gone()
            door = self._door(target)
        except Unsuitable as fault:
            return self._hidden(target, Broken(self._unfit(target), str(fault)))
        for infrastructure in standing:
            refusal = await self._remove(door, infrastructure, force=force)
            if refusal is not None:
                return self._hidden(target, refusal)
        return Going(tuple(standing), again=SOON)

    async def close(self) -> None:
        await self._client.close()

    async def _ready(
        self, door: Door, target: Target, infrastructure: str, states: Mapping[str, str]
    ) -> Pending | Ready | Broken:
        """With a floating address, IM can say `configured` before it knows the address: wait, but not for ever."""
        answer = await self._client.read(door, infrastructure, "outputs")
        outputs = _field(answer.body, "outputs") if answer.ok else None
        outputs = outputs if isinstance(outputs, dict) else {}
        missing = [output.name for output in target.topology.outputs if outputs.get(output.name) is None]
        waited = self._waited.get(infrastructure) or 0
        if missing and waited < self._settings.patience:
            self._waited.keep(infrastructure, waited + 1)
            return Pending(f"All machines are configured; outputs still missing: {', '.join(missing)}.", again=SOON)
        self._waited.drop(infrastructure)
        found = await self._machines(door, infrastructure, list(states))
        return Ready(outputs, machines.resources(target.topology, infrastructure, found))

    async def _pending(self, door: Door, target: Target, infrastructure: str, states: Mapping[str, str]) -> Pending:
        computes = machines.computes(target.topology)
        if len(computes) == 1:
            nodes: dict[str, str | None] = dict.fromkeys(states, computes[0].name)
        else:
            await self._machines(
                door, infrastructure, [vm for vm in states if f"{infrastructure}/{vm}" not in self._nodes]
            )
            nodes = {vm: self._nodes.get(f"{infrastructure}/{vm}") for vm in states}
        configured = sum(state == "configured" for state in states.values())
        wanted = max(len(states), sum(node.count for node in computes))
        return Pending(
            f"{configured} of {wanted} machines are configured.", machines.progress(target.topology, states, nodes)
        )

    async def _machines(self, door: Door, infrastructure: str, numbers: list[str]) -> list[machines.Machine]:
        answers = await _each(numbers, lambda number: self._client.read(door, infrastructure, f"vms/{number}"))
        found = [
            machines.machine(number, _field(answer.body, "radl"))
            for number, answer in zip(numbers, answers, strict=True)
            if answer.ok
        ]
        for machine in found:
            self._nodes.keep(f"{infrastructure}/{machine.number}", machine.node)
        return found

    async def _standing(self, door: Door, tag: str) -> list[str] | Answer:
        """All infrastructures with the tag, or IM's refusal to list any."""
        listed = await self._client.infrastructures(door)
        if not listed.ok:
            return listed
        known = [_last_part(str(_field(item, "uri"))) for item in _field(listed.body, "uri-list") or []]
        marks = await _each(known, lambda infrastructure: self._mark(door, infrastructure))
        return [infrastructure for infrastructure, mark in zip(known, marks, strict=True) if mark == tag]

    async def _mark(self, door: Door, infrastructure: str) -> str | None:
        """Whose it is. Between creating and storing its template, IM has only the machines' own tags."""
        if infrastructure in self._marks:
            return self._marks.get(infrastructure)
        answer = await self._client.read(door, infrastructure, "tosca")
        if answer.absent:
            return None
        if answer.ok:
            mark = mark_in_tosca(str(_field(answer.body, "tosca") or ""))
            self._marks.keep(infrastructure, mark)
            return mark
        answer = await self._client.read(door, infrastructure, "radl")
        if not answer.ok and not answer.absent:
            raise Transient("The Infrastructure Manager does not say whose an infrastructure is.")
        return mark_in_radl(str(_field(answer.body, "radl") or ""))

    async def _remove(self, door: Door, infrastructure: str, *, force: bool) -> Broken | None:
        """Tell IM to remove it, once without waiting; if that came to nothing, again with waiting, to hear why."""
        answer = await self._client.read(door, infrastructure, "state")
        if answer.absent or (answer.ok and _states(answer.body)[0] == "deleting"):
            return None
        told = infrastructure in self._told_to_go
        self._told_to_go.keep(infrastructure, value=True)
        answer = await self._client.destroy(door, infrastructure, wait=told, force=force)
        if answer.ok or answer.absent or answer.status == UNDER_WAY:
            return None
        return outcome.refused(answer.status, answer.text)

    def _door(self, target: Target, *, with_site: bool = True) -> Door:
        """Raises `Unsuitable`."""
        secrets = self._secrets(target)
        password = self._settings.password
        account = (self._settings.username or "", password.get_secret_value()) if password else None
        line = authorization.manager_line(secrets, account)
        url = authorization.manager_url(target.candidate, self._settings.base)
        if with_site:
            return Door(url, authorization.header(line, target.candidate, secrets))
        return Door(url, authorization.line_text(line))

    def _secrets(self, target: Target) -> Secrets:
        token = target.access.token if target.access else ""
        return Secrets(token, self._settings.credentials_for(target.candidate.service))

    def _unfit(self, target: Target) -> Cause:
        return Cause.CONFIGURATION if target.access else Cause.AUTH

    def _hidden(self, target: Target, broken: Broken) -> Broken:
        """The same without a secret in its texts."""
        secrets = self._secrets(target)
        inputs = target.access.secret_inputs.values() if target.access else ()
        values = {secrets.token, *secrets.kept.values(), *(value for value in inputs if isinstance(value, str))}
        if self._settings.password:
            values.add(self._settings.password.get_secret_value())
        hide = frozenset(value for value in values if len(value) >= SHORTEST_SECRET)
        return replace(
            broken,
            sentence=outcome.without_secrets(broken.sentence, hide),
            detail=outcome.without_secrets(broken.detail, hide),
        )


async def _each(items: list[str], ask: Callable[[str], Awaitable[T]]) -> list[T]:
    """Ask about every item, a few at a time; answers come in the order of the items."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(item: str) -> T:
        async with room:
            return await ask(item)

    return await asyncio.gather(*(one(item) for item in items))


def _created_id(answer: Answer) -> str:
    identifier = answer.infrastructure or _last_part(str(_field(answer.body, "uri") or ""))
    if not identifier:
        raise Transient("The Infrastructure Manager did not say what it has created.")
    return identifier


def _states(body: Json) -> tuple[str, dict[str, str]]:
    """The state of the infrastructure (the worst of its machines), and of each machine by its number."""
    state = _field(body, "state")
    return str(_field(state, "state")), {str(vm): str(of) for vm, of in (_field(state, "vm_states") or {}).items()}


def _field(body: Json, key: str) -> Json:
    return body.get(key) if isinstance(body, dict) else None


def _last_part(uri: str) -> str:
    return uri.rstrip("/").rsplit("/", 1)[-1]
