"""IM's REST API: one request each, and the one place where trouble on the way becomes `Transient`."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

import httpx

from shared.contracts.topology import Json
from shared.failures import Transient

NO_TIME = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class Door:
    """Where to ask, and with what right."""

    url: str
    authorization: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What IM said: the status, its JSON body (`None` if it is not JSON), and the text for people."""

    status: int
    body: Json
    text: str = field(repr=False)
    infrastructure: str | None = None

    @property
    def ok(self) -> bool:
        """Whether IM did as asked."""
        return self.status == HTTPStatus.OK

    @property
    def absent(self) -> bool:
        """Whether the thing does not exist (any more)."""
        return self.status == HTTPStatus.NOT_FOUND


class ImClient:
    """Every method raises `Transient` when IM cannot be reached, has no time for us, or says what cannot be read."""

    def __init__(
        self,
        *,
        timeout: float = 60,
        verify: ssl.SSLContext | bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=10),
            verify=verify,
            transport=transport,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            headers={"Accept": "application/json"},
            trust_env=False,
        )

    async def create(self, door: Door, template: str) -> Answer:
        """Begin an infrastructure; IM answers before its machines are started."""
        content = template.encode()
        headers = {"Content-Type": "text/yaml"}
        return await self._ask(door, "POST", "", params={"async": "true"}, content=content, headers=headers)

    async def infrastructures(self, door: Door) -> Answer:
        """The list of all that this right owns."""
        return await self._ask(door, "GET", "")

    async def read(self, door: Door, infrastructure: str, what: str) -> Answer:
        """A property of an infrastructure (state, outputs, contmsg, tosca, radl) or `vms/<n>`."""
        return await self._ask(door, "GET", f"/{infrastructure}/{what}")

    async def destroy(self, door: Door, infrastructure: str, *, wait: bool, force: bool) -> Answer:
        """Remove an infrastructure. Only if we wait does IM say why a removal failed."""
        params = {"async": "false" if wait else "true", "force": "true" if force else "false"}
        return await self._ask(door, "DELETE", f"/{infrastructure}", params=params)

    async def add(self, door: Door, infrastructure: str, template: str) -> Answer:
        """Merge a whole template into the one of a standing infrastructure; IM answers when machines are launched."""
        headers = {"Content-Type": "text/yaml"}
        return await self._ask(door, "POST", f"/{infrastructure}", content=template.encode(), headers=headers)

    async def remove(self, door: Door, infrastructure: str, numbers: Sequence[str]) -> Answer:
        """Remove machines by their numbers, without configuring the others anew."""
        path = f"/{infrastructure}/vms/{','.join(numbers)}"
        return await self._ask(door, "DELETE", path, params={"context": "false"})

    async def operate(self, door: Door, infrastructure: str, number: str, operation: str) -> Answer:
        """`start`, `stop` or `reboot` one machine."""
        return await self._ask(door, "PUT", f"/{infrastructure}/vms/{number}/{operation}")

    async def close(self) -> None:
        """Let go of connections; twice is harmless."""
        await self._http.aclose()

    async def _ask(
        self,
        door: Door,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        try:
            response = await self._http.request(
                method,
                f"{door.url}/infrastructures{path}",
                params=params,
                content=content,
                headers={**(headers or {}), "Authorization": door.authorization},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(
                f"The Infrastructure Manager at {door.url} cannot be reached: {type(error).__name__}."
            ) from error
        if response.status_code in NO_TIME or (response.is_server_error and method != "POST"):
            raise Transient(
                f"The Infrastructure Manager at {door.url} has no answer now (status {response.status_code}).",
                _retry_after(response),
            )
        return _answer(response)


def _answer(response: httpx.Response) -> Answer:
    try:
        body = response.json() if response.content else None
    except ValueError:
        if response.is_success:
            raise Transient("The Infrastructure Manager's answer cannot be read.") from None
        body = None
    message = body.get("message") if isinstance(body, dict) else None
    text = message if isinstance(message, str) else response.text
    return Answer(response.status_code, body, text, response.headers.get("InfID"))


def _retry_after(response: httpx.Response) -> timedelta | None:
    seconds = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() else None
