"""Trades credential references at the gateway's internal endpoint, as a service that can prove its name."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

import httpx
from cachetools import TTLCache
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.deployer.ports import Access, CredentialGone, NoVault
from shared.contracts.between import INTERNAL_AUDIENCE
from shared.contracts.topology import Json
from shared.contracts.vocabulary import CredentialRef, DeploymentId, ServiceId, TrialNo
from shared.failures import Permanent

SERVICE, LIFE = "deployer", 60
UNKNOWN, GONE, NOT_NOW = 404, 410, 503
REMEMBERED, FOR_SECONDS = 5000, 30


class GatewayVault:
    """`ports.Credentials` over HTTP. Tokens stay in memory for half a minute and are never written or logged."""

    def __init__(
        self,
        gateway_url: str,
        service_key: str,
        *,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`service_key` is the private Ed25519 key as a JWK; the gateway knows the public half under our name."""
        self._client = httpx.AsyncClient(base_url=gateway_url, timeout=timeout, transport=transport)
        self._key = OKPKey.import_key(json.loads(service_key))
        self._known: TTLCache[tuple[CredentialRef, ServiceId | None], Access] = TTLCache(REMEMBERED, FOR_SECONDS)

    async def access(self, reference: CredentialRef, service: ServiceId | None = None) -> Access:
        """See `ports.Credentials`."""
        if (known := self._known.get((reference, service))) is not None:
            return known
        about = f"?service={quote(service, safe='')}" if service else ""
        answer = await self._ask("POST", f"/internal/credentials/{reference}{about}")
        if answer.status_code == GONE:
            raise CredentialGone(_why(answer) or "The owner's login has expired; log in again to go on.")
        if answer.status_code == UNKNOWN:
            raise Permanent("The credential of this request is unknown; log in again and repeat the request.")
        _well(answer)
        body = answer.json()
        access = Access(body["token"], body.get("secret_inputs", {}), body.get("site", {}))
        self._known[reference, service] = access
        return access

    async def keep(self, deployment: DeploymentId, trial: TrialNo, outputs: Mapping[str, Json]) -> None:
        """See `ports.Credentials`."""
        _well(await self._ask("PUT", f"/internal/outputs/{deployment}/{trial}", dict(outputs)))

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: Json = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._identity()}"}
        try:
            return await self._client.request(method, path, headers=headers, json=body)
        except httpx.HTTPError as problem:
            raise NoVault(f"the vault cannot be reached ({type(problem).__name__})") from problem

    def _identity(self) -> str:
        now = int(time.time())
        claims = {"iss": SERVICE, "sub": SERVICE, "aud": INTERNAL_AUDIENCE, "iat": now, "exp": now + LIFE}
        return jwt.encode({"alg": "Ed25519", "typ": "JWT"}, claims, self._key, algorithms=["Ed25519"])


def _why(answer: httpx.Response) -> str:
    """The gateway's sentence, if there is one."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    said = body.get("message") if isinstance(body, dict) else None
    return said if isinstance(said, str) else ""


def _well(answer: httpx.Response) -> None:
    if answer.status_code == NOT_NOW:
        soon = answer.headers.get("retry-after", "")
        raise NoVault(
            f"the vault has no token now: {_why(answer)}", timedelta(seconds=int(soon)) if soon.isdecimal() else None
        )
    if answer.is_error:
        raise NoVault(f"the vault answered {answer.status_code}")
