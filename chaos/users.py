"""Users who ask, and ask again until they are answered: a gateway that is down is no reason to give up."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx

from chaos.federation import GROUP
from chaos.plan import Wish
from shared.contracts.vocabulary import DeploymentId

TEMPLATE = Path(__file__).parent / "template.yaml"
_DONE_BEFORE = HTTPStatus.CONFLICT


class Refused(Exception):
    """The gateway said no to something that is right."""


@dataclass(slots=True)
class Promises:
    """What users were told."""

    accepted: dict[int, DeploymentId] = field(default_factory=dict)
    deleted: set[DeploymentId] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    retried: int = 0


class Users:
    """All users together. Every request is repeated, with the same key, until it is answered."""

    def __init__(self, gateway: str, token: Callable[[], str], seed: int) -> None:
        """`token` makes a bearer token."""
        self.promises = Promises()
        self._token = token
        self._template = TEMPLATE.read_text()
        self._chance = random.Random(f"{seed}/users")
        self._http = httpx.AsyncClient(base_url=gateway, timeout=10, trust_env=False)

    async def ask(self, wishes: Sequence[Wish]) -> None:
        """Let every wish come true, each at its time."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as users:
            for wish in wishes:
                users.create_task(self._one(wish, began))

    async def look(self) -> dict[DeploymentId, str]:
        """The status of each deployment as its user sees it."""
        shown = {}
        for deployment in self.promises.accepted.values():
            answer = await self._insist("GET", f"/deployments/{deployment}", None, {})
            shown[deployment] = str(answer.json()["status"])
        return shown

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def _one(self, wish: Wish, began: float) -> None:
        try:
            await self._live(wish, began)
        except Refused as answer:
            self.promises.refused.append(str(answer))

    async def _live(self, wish: Wish, began: float) -> None:
        await asyncio.sleep(max(0.0, began + wish.at - time.monotonic()))
        answer = await self._insist("POST", "/deployments", self._body(wish), {"Idempotency-Key": wish.key})
        deployment = DeploymentId(str(answer.json()["uuid"]))
        self.promises.accepted[wish.number] = deployment
        if wish.deleted_after is not None:
            await asyncio.sleep(wish.deleted_after)
            await self._insist("DELETE", f"/deployments/{deployment}", None, {}, done_before=_DONE_BEFORE)
            self.promises.deleted.add(deployment)

    def _body(self, wish: Wish) -> dict[str, object]:
        body: dict[str, object] = {"template": self._template, "parameters": {}, "userGroup": GROUP}
        if wish.max_providers is not None:
            body["maxProvidersRetry"] = wish.max_providers
        return body | ({"keepLastAttempt": True} if wish.keep_last else {})

    async def _insist(
        self, method: str, path: str, body: object, headers: dict[str, str], *, done_before: int | None = None
    ) -> httpx.Response:
        """Until there is an answer. `done_before` says that an earlier try got through whose answer was lost."""
        tries = 0
        while True:
            bearer = {"Authorization": f"Bearer {self._token()}"}
            try:
                answer = await self._http.request(method, path, json=body, headers=headers | bearer)
            except httpx.HTTPError:
                answer = None
            if answer is not None and (answer.is_success or (tries and answer.status_code == done_before)):
                return answer
            if answer is not None and not answer.is_server_error:
                raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
            tries += 1
            self.promises.retried += 1
            await asyncio.sleep(self._chance.uniform(0.1, 0.8))
