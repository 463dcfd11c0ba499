"""Asks a Prometheus for the metrics that a site's file names."""

import asyncio
import base64
from datetime import timedelta

from pydantic import ValidationError

from services.monitoring.adapters.collectors.prometheus.queries import Entry, PromQL, meaning, time_of
from services.monitoring.adapters.reading.access import Access, Login
from services.monitoring.adapters.reading.answers import Asking, Question
from services.monitoring.adapters.reading.samples import Sample, Unseen, sample, sight
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.failures import Transient

NAME = "prometheus"
AT_ONCE = 5
SPREAD = timedelta(minutes=10)
"""Prometheus itself finds samples of up to five minutes ago, unless told otherwise."""
REFUSED = (401, 403)


class Prometheus:
    """`ports.Collector` with instant queries. All of a service's are cut after the time of one look."""

    def __init__(self, asking: Asking, access: Access, timeout: timedelta) -> None:
        self._asking = asking
        self._access = access
        self._seconds = timeout.total_seconds()

    async def collect(self, target: Target) -> Sight | None:
        said = target.entries.get(NAME)
        if said is None:
            return None
        try:
            entry = Entry.model_validate(said)
        except ValidationError:
            raise Transient("what its site's file says of Prometheus cannot be understood") from None
        look = _Look(self._asking, entry, headers(self._access.to(entry.url)), self._seconds)
        return sight(await look.all(), source=entry.url, spread=SPREAD)

    async def close(self) -> None:
        await self._asking.close()


def headers(login: Login | None) -> dict[str, str]:
    """How we say who we are: a bearer token, or user and password."""
    if login is None:
        return {}
    if login.token is not None:
        return {"Authorization": f"Bearer {login.token.get_secret_value()}"}
    password = login.password.get_secret_value() if login.password else ""
    both = base64.b64encode(f"{login.username or ''}:{password}".encode()).decode()
    return {"Authorization": f"Basic {both}"}


class _Look:
    """All queries for one service."""

    def __init__(self, asking: Asking, entry: Entry, headers: dict[str, str], seconds: float) -> None:
        self._asking = asking
        self._entry = entry
        self._headers = headers
        self._seconds = seconds
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._room = asyncio.Semaphore(AT_ONCE)

    async def all(self) -> list[Sample | Unseen]:
        """Every metric of the entry, seen or not."""
        given = self._entry.time
        when = None if given is None else await self._value("time", given)
        asked = (self._metric(name, query, when) for name, query in self._entry.queries.items())
        return list(await asyncio.gather(*asked))

    async def _metric(self, name: str, query: PromQL, when: Sample | Unseen | None) -> Sample | Unseen:
        found = await self._value(name, query)
        if isinstance(found, Unseen):
            return found
        if not isinstance(when, Sample):
            when = await self._value(name, time_of(query))
        if isinstance(when, Unseen):
            return found
        return sample(name, found.value, min(when.value, found.at.timestamp()))

    async def _value(self, name: str, query: PromQL) -> Sample | Unseen:
        form = {"query": query, "timeout": f"{max(1, int(self._seconds))}s"}
        question = Question(f"{self._entry.url.rstrip('/')}/api/v1/query", "POST", self._headers, form)
        try:
            async with asyncio.timeout_at(self._deadline), self._room:
                answer = await self._asking.ask(question)
        except TimeoutError:
            return Unseen(name, f"no answer within {self._seconds:g} s")
        except Transient as problem:
            return Unseen(name, str(problem))
        if answer.status in REFUSED:
            return Unseen(name, f"we are not let in (status {answer.status})")
        return meaning(name, answer)
