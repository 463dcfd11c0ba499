"""One question to one backend about one trial: whatever happens, the answer is a value."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from services.deployer.domain.outcomes import Broken, Created, Ready, Unasked, Unreachable, Withheld
from services.deployer.domain.secrecy import split
from services.deployer.domain.trial import Answer, Phase, Trial
from services.deployer.ports import Access, Backend, CredentialGone, Credentials, NoVault, Target, tag_of
from shared.contracts.deployments import DeploymentRequested
from shared.contracts.vocabulary import Cause
from shared.failures import Permanent, Transient

T = TypeVar("T")
log = logging.getLogger(__name__)


class Asking:
    """Asks a backend what a trial's row calls for. Opens no transaction."""

    def __init__(self, backend: Backend, credentials: Credentials | None, *, timeout: timedelta) -> None:
        """Without `credentials` no token is fetched and no secret kept. `timeout` bounds each single question."""
        self._backend = backend
        self._credentials = credentials
        self._timeout = timeout.total_seconds()

    async def ask(self, trial: Trial, request: DeploymentRequested) -> tuple[Answer, ...]:
        """The answers, in the order they came: a creation that got through is followed by a first look at once."""
        try:
            target = await self._target(trial, request)
            if trial.cleaning:
                return (await self._bounded(self._backend.destroy(target, force=trial.force)),)
            match trial.phase:
                case Phase.CREATE:
                    return await self._create(trial, target)
                case Phase.CHANGE:
                    return (await self._change(target),)
                case Phase.ACT:
                    return (await self._act(trial, target),)
                case _:
                    return (await self._look(trial, target),)
        except NoVault as problem:
            return (Unasked(str(problem), problem.retry_after),)
        except Transient as problem:
            return (Unreachable(str(problem), problem.retry_after),)
        except CredentialGone as problem:
            return (Withheld(str(problem)),)
        except Permanent as problem:
            return (Broken(cause=Cause.AUTH, sentence=str(problem), site_fault=False),)
        except Exception as problem:
            log.exception("backend %s surprised us", trial.backend, extra={"deployment_id": trial.deployment_id})
            return (Unreachable(f"an unexpected {type(problem).__name__} in backend {trial.backend}"),)

    async def _create(self, trial: Trial, target: Target) -> tuple[Answer, ...]:
        """Adopt what an earlier call may have made, else make it; then look once."""
        known = await self._bounded(self._backend.find(target)) if trial.calls > 1 else None
        answer = Created(known) if known else await self._bounded(self._backend.create(target))
        if not isinstance(answer, Created):
            return (answer,)
        try:
            return (answer, await self._look(trial, replace(target, external_id=answer.external_id)))
        except Transient:
            return (answer,)

    async def _change(self, target: Target) -> Answer:
        if not self._backend.features.changes:
            return _cannot(target, "change what stands there; delete the deployment and ask for a new one")
        return await self._bounded(self._backend.change(target))

    async def _act(self, trial: Trial, target: Target) -> Answer:
        deed = trial.errand.deed
        if deed is None or not self._backend.features.acts:
            return _cannot(target, "start or stop single machines")
        return await self._bounded(self._backend.act(target, deed.action, deed.machines))

    async def _look(self, trial: Trial, target: Target) -> Answer:
        """How it is doing; when it stands, its secret outputs go to the vault and only their names go on."""
        answer = await self._bounded(self._backend.progress(target))
        if not isinstance(answer, Ready):
            return answer
        outputs = split(answer.outputs, target.topology)
        if outputs.secret and self._credentials is not None:
            await self._bounded(self._credentials.keep(trial.deployment_id, trial.number, outputs.secret))
        return replace(answer, outputs=outputs.told)

    async def _target(self, trial: Trial, request: DeploymentRequested) -> Target:
        return Target(
            tag=tag_of(trial.deployment_id, trial.number),
            deployment_id=trial.deployment_id,
            trial=trial.number,
            owner=trial.errand.owner,
            candidate=trial.errand.candidate,
            topology=request.topology,
            template=request.template,
            access=await self._access(trial),
            external_id=trial.external_id,
        )

    async def _access(self, trial: Trial) -> Access | None:
        """The right of the owner. What is to go can go without it, if the backend has an account of its own."""
        if self._credentials is None or not self._backend.features.needs_access:
            return None
        try:
            candidate = trial.errand.candidate
            own_account = candidate.service if candidate.credentials_required else None
            return await self._credentials.access(trial.errand.credential, own_account)
        except CredentialGone:
            if trial.cleaning:
                return None
            raise

    async def _bounded(self, question: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                return await question
        except TimeoutError as late:
            raise Transient(f"no answer within {self._timeout:.0f} s") from late


def _cannot(target: Target, what: str) -> Broken:
    backend = target.candidate.backend
    return Broken(Cause.CONFIGURATION, f"The backend {backend} of this deployment cannot {what}.", site_fault=False)
