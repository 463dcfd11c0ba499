"""Asks a service's address for anything: an HTTP answer below 500 is a sign of life, whatever it says.

Bodies are not read, redirects not followed, the environment's proxies not used.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

import httpx
from pydantic import BaseModel, ConfigDict

from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight


class Settings(BaseModel):
    """`verify`: whether a site's certificate must be one that is trusted here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    verify: bool = True


class Probe:
    """`ports.Collector` with a plain GET."""

    def __init__(
        self, timeout: timedelta, *, verify: bool = True, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._timeout = timeout.total_seconds()
        self._http = httpx.AsyncClient(timeout=self._timeout, verify=verify, transport=transport, trust_env=False)

    async def collect(self, target: Target) -> Sight | None:
        began = time.perf_counter()
        try:
            async with self._http.stream("GET", target.url) as answer:
                latency = round((time.perf_counter() - began) * 1000, 3)
                alive = answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
                return Sight(alive, f"It answered with status {answer.status_code}.", latency)
        except httpx.TimeoutException:
            return Sight(available=False, sentence=f"No answer within {self._timeout:g} s.")
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return Sight(available=False, sentence=f"It cannot be reached: {type(problem).__name__}.")

    async def close(self) -> None:
        await self._http.aclose()


def open_collector(settings: Mapping[str, str], *, timeout: timedelta) -> Probe:
    """See `ports.OpenCollector`."""
    return Probe(timeout, verify=Settings.model_validate(dict(settings)).verify)
