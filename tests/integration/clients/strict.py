"""A client as strict as the compiled one of the field, and as careless.

It decodes JSON into types that are fixed, never looks at a status beyond "2xx or not", follows links as they are, and
takes an answer for an error only if one of four members is a text that is not empty.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

Json = Any
TEXTS = ("uuid", "creationTime", "updateTime", "physicalId", "status", "statusReason", "task", "callback", "userGroup")
SHORTEST_TIME = 16
DEPLOYMENT: Mapping[str, type] = {
    **dict.fromkeys((*TEXTS, "cloudProviderName"), str),
    "outputs": dict,
    "cloudProviderEndpoint": dict,
    "createdBy": dict,
    "links": list,
}
RESOURCE: Mapping[str, type] = {
    **dict.fromkeys(("uuid", "creationTime", "state", "toscaNodeType", "toscaNodeName"), str),
    "requiredBy": list,
    "links": list,
}
PAGE: Mapping[str, type] = dict.fromkeys(("size", "totalElements", "totalPages", "number"), int)
ERROR: Mapping[str, type] = {"code": int, **dict.fromkeys(("title", "message", "error", "error_description"), str)}


class CannotDecode(Exception):
    """What the decoder says: `EOF`, or which member is not of its type."""


@dataclass
class SaidNo(Exception):
    """An error in the words that the client prints."""

    text: str
    code: int


class StrictClient:
    """The commands of the client."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"User-Agent": "Orchent", "Accept": "application/json", "Authorization": f"Bearer {token}".strip()}
        self._client = httpx.Client(headers=headers, trust_env=False, timeout=30)
        self._url = url.rstrip("/")

    def close(self) -> None:
        self._client.close()

    def depls(self, **filters: str) -> list[Json]:
        """Every deployment of every page."""
        query = httpx.QueryParams(sorted(filters.items()))
        return list(self._pages(f"{self._url}/deployments" + (f"?{query}" if filters else ""), DEPLOYMENT))

    def depshow(self, deployment: str) -> Json:
        return self._typed("GET", f"deployments/{deployment}", DEPLOYMENT)

    def depcreate(self, template: str, parameters: Mapping[str, Json], **more: Json) -> Json:
        body = {"template": template, "parameters": dict(parameters), "keepLastAttempt": "true", **more}
        return self._typed("POST", "deployments", DEPLOYMENT, body)

    def depupdate(self, deployment: str, template: str, parameters: Mapping[str, Json]) -> Json:
        body = {"template": template, "parameters": dict(parameters), "keepLastAttempt": "true"}
        return self._typed("PUT", f"deployments/{deployment}", DEPLOYMENT, body)

    def depdel(self, deployment: str, *, force: bool = False) -> None:
        self._triggered("DELETE", f"deployments/{deployment}?force={str(force).lower()}")

    def depreset(self, deployment: str) -> None:
        self._triggered("PATCH", f"deployments/{deployment}", {"status": "DELETE_FAILED"})

    def deptemplate(self, deployment: str) -> str:
        return self._text(f"deployments/{deployment}/template")

    def deplog(self, deployment: str) -> str:
        return self._text(f"deployments/{deployment}/log")

    def extrainfo(self, deployment: str) -> Json:
        """JSON, or nothing."""
        text = self._text(f"deployments/{deployment}/extrainfo")
        return json.loads(text) if text else None

    def resls(self, deployment: str) -> list[Json]:
        """Every resource of every page."""
        return list(self._pages(f"{self._url}/deployments/{deployment}/resources", RESOURCE))

    def resshow(self, deployment: str, resource: str) -> Json:
        return self._typed("GET", f"deployments/{deployment}/resources/{resource}", RESOURCE)

    def vm(self, action: str, deployment: str, resource: str) -> None:
        """Looks at the state first, as the client does."""
        state = self.resshow(deployment, resource)["state"]
        if state != {"start": "STOPPED", "stop": "STARTED"}[action]:
            raise SaidNo(f"resource state is {state}", 0)
        self._triggered("POST", f"deployments/{deployment}/resources/{resource}/actions", {"type": action})

    def test(self) -> Json:
        return self._typed("GET", "info", dict.fromkeys(("projectVersion", "serverHostname"), str))

    def showconf(self) -> dict[str, str | None]:
        """A flat map of texts."""
        found = _decoded(self._send("GET", "configuration"))
        _refuse(found)
        for name, value in found.items():
            if value is not None and not isinstance(value, str):
                raise CannotDecode(f"cannot unmarshal {name} into a string")
        return dict(found)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Any answer as it came."""
        return self._client.get(f"{self._url}/{path}", headers=headers)

    def _pages(self, address: str, kind: Mapping[str, type]) -> Iterator[Json]:
        while True:
            if not urlsplit(address).scheme:
                raise CannotDecode('unsupported protocol scheme ""')
            page = _decoded(self._client.get(address))
            _refuse(page)
            _check({"links": page.get("links"), "content": page.get("content")}, {"links": list, "content": list})
            _check(page.get("page") or {}, PAGE)
            for item in page["content"]:
                yield _check(item, kind)
            links = {link["rel"]: link["href"] for link in page["links"]}
            if "next" not in links or links.get("self") == links.get("last"):
                return
            address = links["next"]

    def _typed(self, method: str, path: str, kind: Mapping[str, type], body: Json = None) -> Json:
        found = _decoded(self._send(method, path, body))
        _refuse(found)
        return _check(found, kind)

    def _triggered(self, method: str, path: str, body: Json = None) -> None:
        """Success is whatever does not look like an error; an empty body is none."""
        answer = self._send(method, path, body)
        if answer.content:
            _refuse(_decoded(answer))

    def _text(self, path: str) -> str:
        answer = self._send("GET", path)
        if not answer.is_success:
            _refuse(_decoded(answer))
        return answer.text

    def _send(self, method: str, path: str, body: Json = None) -> httpx.Response:
        address = f"{self._url}/{path}"
        if body is None:
            return self._client.request(method, address)
        content = json.dumps(body) + "\n"
        return self._client.request(method, address, content=content, headers={"Content-Type": "application/json"})


def _decoded(answer: httpx.Response) -> dict[str, Json]:
    if not answer.content:
        raise CannotDecode("EOF")
    try:
        found = json.loads(answer.content)
    except ValueError:
        raise CannotDecode(f"invalid character {answer.text[:1]!r} looking for beginning of value") from None
    if not isinstance(found, dict):
        raise CannotDecode("cannot unmarshal into an object")
    return found


def _refuse(found: dict[str, Json]) -> None:
    if not any(found.get(name) for name in ("title", "message", "error", "error_description")):
        return
    _check(found, ERROR)
    if found.get("title") or found.get("message"):
        raise SaidNo(
            f"Error '{found.get('title')}' [{found.get('code')}]: {found.get('message')}", found.get("code", 0)
        )
    raise SaidNo(f"Error '{found.get('error')}': {found.get('error_description')}", 0)


def _check(found: Json, kind: Mapping[str, type]) -> Json:
    for name, type_ in kind.items():
        value = found.get(name)
        if value is not None and (not isinstance(value, type_) or isinstance(value, bool)):
            raise CannotDecode(f"cannot unmarshal {value!r} into field {name} of type {type_.__name__}")
    for link in found.get("links") or ():
        if not isinstance(link.get("rel"), str) or not isinstance(link.get("href"), str):
            raise CannotDecode("cannot unmarshal a link")
    if "creationTime" in kind and len(found.get("creationTime") or "") < SHORTEST_TIME:
        raise IndexError("slice bounds out of range: creationTime")
    return found
