"""The simulated cloud's API: one request each, and the one place where trouble on the way becomes `Transient`."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import httpx

from shared.contracts.ranking import Candidate
from shared.contracts.topology import Json
from shared.failures import Transient


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cloud said. `refused`: it will not."""

    status: int
    body: Json
    refused: bool

    @property
    def absent(self) -> bool:
        """Whether the thing does not exist (any more)."""
        return self.status == HTTPStatus.NOT_FOUND


class CloudClient:
    """Every method raises `Transient` when the cloud cannot be reached, has no time, or breaks off its answer."""

    def __init__(
        self,
        url: str | None,
        *,
        timeout: float = 10,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._http = httpx.AsyncClient(
            timeout=timeout,
            transport=transport,
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
            trust_env=False,
        )

    async def create(self, candidate: Candidate, tag: str, nodes: dict[str, int]) -> Answer:
        """Create a stack; told twice, the cloud creates two."""
        return await self._ask("POST", f"{self._site(candidate)}/stacks", json={"tag": tag, "nodes": nodes})

    async def tagged(self, candidate: Candidate, tag: str) -> list[str]:
        """The ids of all stacks at the site that have this tag."""
        answer = await self._ask("GET", f"{self._site(candidate)}/stacks", params={"tag": tag})
        if answer.refused:
            raise Transient(f"Site {candidate.site} does not let us look (status {answer.status}).")
        return [str(stack["id"]) for stack in answer.body["stacks"]]

    async def stack(self, candidate: Candidate, identifier: str) -> Answer:
        """How a stack is doing."""
        return await self._ask("GET", f"{self._site(candidate)}/stacks/{quote(identifier, safe='')}")

    async def change(self, candidate: Candidate, identifier: str, nodes: dict[str, int]) -> Answer:
        """Give a stack these machines."""
        return await self._ask("PUT", f"{self._site(candidate)}/stacks/{quote(identifier, safe='')}/nodes", json=nodes)

    async def power(self, candidate: Candidate, machine: str, *, on: bool) -> Answer:
        """Start or stop a machine: `<stack>/<number>`."""
        stack, _, number = machine.rpartition("/")
        path = f"{quote(stack, safe='')}/machines/{quote(number, safe='')}"
        return await self._ask("PUT", f"{self._site(candidate)}/stacks/{path}", json={"on": on})

    async def delete(self, candidate: Candidate, identifier: str, *, force: bool) -> Answer:
        """Remove a stack."""
        params = {"force": "true" if force else "false"}
        return await self._ask("DELETE", f"{self._site(candidate)}/stacks/{quote(identifier, safe='')}", params=params)

    async def close(self) -> None:
        """Let go of connections; twice is harmless."""
        await self._http.aclose()

    def _site(self, candidate: Candidate) -> str:
        if self._url is None:
            return candidate.endpoint.rstrip("/")
        return f"{self._url}/sites/{quote(candidate.site, safe='')}"

    async def _ask(self, method: str, url: str, *, params: dict[str, str] | None = None, json: Json = None) -> Answer:
        try:
            response = await self._http.request(method, url, params=params, json=json)
            body = response.json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(f"The simulated cloud cannot be reached: {type(error).__name__}.") from error
        except ValueError:
            raise Transient("The simulated cloud's answer cannot be read.") from None
        if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Transient(f"The simulated cloud has no time for us (status {response.status_code}).")
        return Answer(response.status_code, body, refused=not response.is_success)
