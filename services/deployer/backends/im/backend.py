"""The `Backend` over IM's REST API: asks, and turns what IM says into outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import yaml

from services.deployer.backends.im import authorization, machines, outcome
from services.deployer.backends.im.acting import act
from services.deployer.backends.im.answers import created_id, each, each_machine, field, last_part, states_of
from services.deployer.backends.im.authorization import Secrets, Unsuitable
from services.deployer.backends.im.changing import change
from services.deployer.backends.im.client import Answer, Door, ImClient
from services.deployer.backends.im.marks import Remembered, mark_in_radl, mark_in_tosca
from services.deployer.backends.im.places import WrongPlace
from services.deployer.backends.im.rewriting.elastic import WayBack
from services.deployer.backends.im.rewriting.whole import prepared, written
from services.deployer.backends.im.settings import Settings
from services.deployer.backends.im.standing import OFF, Standing
from services.deployer.ports import Acted, Broken, Created, Features, Going, Gone, Pending, Ready, Target
from shared.contracts.vocabulary import Action, Cause
from shared.failures import Transient

SOON = timedelta(seconds=2)
SHORTEST_SECRET = 4
UNDER_WAY = 409
NOTHING = Broken(Cause.BACKEND, "Nothing of this trial exists at the Infrastructure Manager.")

Said = TypeVar("Said", bound=Created | Acted | Pending | Broken)


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
        self._told_to_act: Remembered[Action] = Remembered()

    @property
    def features(self) -> Features:
        return Features(needs_access=True, changes=True, acts=True)

    async def create(self, target: Target) -> Created | Broken:
        try:
            door, template = self._door(target), written(prepared(target, self._way_back(target)))
        except (Unsuitable, WrongPlace, yaml.YAMLError) as fault:
            return self._hidden(target, self._misfit(target, fault))
        answer = await self._client.create(door, template)
        if not answer.ok:
            return self._hidden(target, outcome.refused(answer.status, answer.text))
        return Created(created_id(answer))

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
            return self._hidden(target, self._misfit(target, fault))
        infrastructure = target.external_id or await self.find(target)
        if infrastructure is None:
            return NOTHING
        standing = Standing(self._client, door, infrastructure)
        seen = await standing.states()
        if isinstance(seen, Broken):
            return self._hidden(target, seen)
        state, states = seen
        if state == "configured" or (state in OFF and await standing.is_settled(states)):
            return await self._ready(door, target, infrastructure, states)
        if state in ("failed", "unconfigured"):
            log = await self._client.read(door, infrastructure, "contmsg")
            return self._hidden(target, outcome.failed(state, str(field(log.body, "contmsg") or "")))
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
            return self._hidden(target, self._misfit(target, fault))
        for infrastructure in standing:
            refusal = await self._remove(door, infrastructure, force=force)
            if refusal is not None:
                return self._hidden(target, refusal)
        return Going(tuple(standing), again=SOON)

    async def change(self, target: Target) -> Created | Broken:
        try:
            standing = await self._at(target)
            if isinstance(standing, Broken):
                return standing
            return self._hidden(target, await change(standing, target, self._way_back(target)))
        except (Unsuitable, WrongPlace, yaml.YAMLError) as fault:
            return self._hidden(target, self._misfit(target, fault))

    async def act(self, target: Target, action: Action, machines: Sequence[str]) -> Acted | Pending | Broken:
        try:
            standing = await self._at(target)
        except Unsuitable as fault:
            return self._hidden(target, self._misfit(target, fault))
        if isinstance(standing, Broken):
            return standing
        return self._hidden(target, await act(standing, target, action, machines, self._told_to_act))

    async def close(self) -> None:
        await self._client.close()

    async def _at(self, target: Target) -> Standing | Broken:
        """Raises `Unsuitable`."""
        door = self._door(target)
        infrastructure = target.external_id or await self.find(target)
        return Standing(self._client, door, infrastructure) if infrastructure else NOTHING

    async def _ready(
        self, door: Door, target: Target, infrastructure: str, states: Mapping[str, str]
    ) -> Pending | Ready | Broken:
        """With a floating address, IM can say `configured` before it knows the address: wait, but not for ever."""
        answer = await self._client.read(door, infrastructure, "outputs")
        outputs = field(answer.body, "outputs") if answer.ok else None
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
        found = await each_machine(numbers, lambda number: self._client.read(door, infrastructure, f"vms/{number}"))
        for machine in found:
            self._nodes.keep(f"{infrastructure}/{machine.number}", machine.node)
        return found

    async def _standing(self, door: Door, tag: str) -> list[str] | Answer:
        """All infrastructures with the tag, or IM's refusal to list any."""
        listed = await self._client.infrastructures(door)
        if not listed.ok:
            return listed
        known = [last_part(str(field(item, "uri"))) for item in field(listed.body, "uri-list") or []]
        marks = await each(known, lambda infrastructure: self._mark(door, infrastructure))
        return [infrastructure for infrastructure, mark in zip(known, marks, strict=True) if mark == tag]

    async def _mark(self, door: Door, infrastructure: str) -> str | None:
        """Whose it is. Between creating and storing its template, IM has only the machines' own tags."""
        if infrastructure in self._marks:
            return self._marks.get(infrastructure)
        answer = await self._client.read(door, infrastructure, "tosca")
        if answer.absent:
            return None
        if answer.ok:
            mark = mark_in_tosca(str(field(answer.body, "tosca") or ""))
            self._marks.keep(infrastructure, mark)
            return mark
        answer = await self._client.read(door, infrastructure, "radl")
        if not answer.ok and not answer.absent:
            raise Transient("The Infrastructure Manager does not say whose an infrastructure is.")
        return mark_in_radl(str(field(answer.body, "radl") or ""))

    async def _remove(self, door: Door, infrastructure: str, *, force: bool) -> Broken | None:
        """Tell IM to remove it, once without waiting; if that came to nothing, again with waiting, to hear why."""
        answer = await self._client.read(door, infrastructure, "state")
        if answer.absent or (answer.ok and states_of(answer.body)[0] == "deleting"):
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
        """The user's own account at the site comes before the operator's."""
        token, own = (target.access.token, target.access.site) if target.access else ("", {})
        return Secrets(token, own or self._settings.credentials_for(target.candidate.service))

    def _misfit(self, target: Target, fault: Exception) -> Broken:
        """What is wrong with the site's description, or with the template that should fit it."""
        if isinstance(fault, Unsuitable):
            return Broken(Cause.CONFIGURATION if target.access else Cause.AUTH, str(fault))
        return Broken(Cause.CONFIGURATION, str(fault), site_fault=False)

    def _way_back(self, target: Target) -> WayBack:
        client = self._settings.client_at(target.owner.issuer)
        return WayBack(
            deployment_id=target.deployment_id,
            url=self._settings.orchestrator,
            token=target.access.token if target.access else "",
            client_id=client.id if client else None,
            client_secret=client.secret.get_secret_value() if client else None,
        )

    def _hidden(self, target: Target, said: Said) -> Said:
        """The same; what is broken, without a secret in its texts."""
        if not isinstance(said, Broken):
            return said
        secrets = self._secrets(target)
        inputs = target.access.secret_inputs.values() if target.access else ()
        values = {secrets.token, *secrets.kept.values(), *(value for value in inputs if isinstance(value, str))}
        values |= self._settings.secrets()
        hide = frozenset(value for value in values if len(value) >= SHORTEST_SECRET)
        return replace(
            said,
            sentence=outcome.without_secrets(said.sentence, hide),
            detail=outcome.without_secrets(said.detail, hide),
        )
