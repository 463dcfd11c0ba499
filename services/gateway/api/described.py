"""What the API's description says of every answer: its members, and an example for each status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.domain.view import Status, Task
from shared.contracts.vocabulary import NodeState

Answers = dict[int | str, dict[str, Any]]
ID = "0d4c7b1e-6a55-4c39-8f5e-0c3c9d6f2a11"
RESOURCE = "5b1d7f52-8a4c-5f0e-9f1e-7f3b1a2c4d5e"
ABOUT = {
    "Prefer": "`wait=N`: the answer comes when nobody is at work on it any more, or after N seconds, 60 at most",
    "If-Match": "the `ETag` of the version that may be changed; another is 412",
}
WAIT, VERSION = "wait=1", "*"
HERE = "https://corale.example.org"
SENTENCES: Mapping[int, str] = {
    400: "template: Field required",
    401: "A bearer token is needed: send the header `Authorization: Bearer <token>`.",
    403: "You may not change this deployment: you are not its owner.",
    404: f"The deployment <{ID}> doesn't exist",
    405: "PATCH is not for /deployments; allowed: GET, POST.",
    409: "Cannot update a deployment in CREATE_IN_PROGRESS state.",
    412: "The deployment is at version 2.UPDATE_COMPLETE, which is not the one you want to change.",
    413: "The request is larger than 4194304 bytes; make the template smaller.",
    415: "Send JSON, with the header `Content-Type: application/json`.",
    422: "The idempotency key 'job-7' stands for another request; use a new one.",
    429: "Too many requests; wait a moment.",
    500: "This is a fault of the service, not yours; it has been logged.",
    503: "Something this service needs is not there right now. Try again in a moment.",
}
ALWAYS = (401, 429, 500, 503)
"""What any route that asks who calls may answer."""


class ErrorBody(BaseModel):
    """Why a request was refused. More members may stand beside these."""

    model_config = ConfigDict(extra="allow")

    code: int = Field(description="the status")
    title: str
    message: str = Field(description="a sentence for people")
    type: str = Field(default="about:blank", description="RFC 9457")
    status: int = 0
    detail: str = ""
    instance: str = ""
    requestId: str = Field(default="", description="as in the header `X-Request-ID`")  # noqa: N815 - the wire's name


class Link(BaseModel):
    """An absolute address."""

    rel: str
    href: str


class PageNumbers(BaseModel):
    """Which page this is, counted from 0."""

    size: int
    totalElements: int  # noqa: N815
    totalPages: int  # noqa: N815
    number: int


class Creator(BaseModel):
    """Whose it is."""

    issuer: str
    subject: str


class DeploymentBody(BaseModel):
    """A deployment. What is not known is not there, except `cloudProviderEndpoint` and `userGroup`."""

    uuid: str
    creationTime: str  # noqa: N815
    updateTime: str  # noqa: N815
    status: Status
    task: Task
    outputs: dict[str, Any]
    createdBy: Creator  # noqa: N815
    userGroup: str | None  # noqa: N815
    cloudProviderEndpoint: dict[str, Any] | None  # noqa: N815
    links: list[Link]
    statusReason: str | None = None  # noqa: N815
    physicalId: str | None = None  # noqa: N815
    cloudProviderName: str | None = None  # noqa: N815
    callback: str | None = None


class DeploymentPage(BaseModel):
    """A page of deployments."""

    content: list[DeploymentBody]
    links: list[Link]
    page: PageNumbers


class ResourceBody(BaseModel):
    """One instance of one node."""

    uuid: str
    creationTime: str  # noqa: N815
    updateTime: str  # noqa: N815
    state: NodeState
    toscaNodeType: str  # noqa: N815
    toscaNodeName: str  # noqa: N815
    requiredBy: list[str]  # noqa: N815
    metadata: dict[Literal["VirtualMachineInfo"], str]
    links: list[Link]
    physicalId: str | None = None  # noqa: N815


class ResourcePage(BaseModel):
    """A page of resources."""

    content: list[ResourceBody]
    links: list[Link]
    page: PageNumbers


DEPLOYMENT: dict[str, Any] = {
    "uuid": ID,
    "creationTime": "2026-03-02T12:00+0000",
    "updateTime": "2026-03-02T12:07+0000",
    "status": "CREATE_COMPLETE",
    "task": "NONE",
    "outputs": {"node_ip": "192.0.2.10"},
    "createdBy": {"issuer": "https://iam.example.org/", "subject": "ada"},
    "userGroup": "biomed",
    "cloudProviderName": "CINECA",
    "cloudProviderEndpoint": {"cpEndpoint": "https://cloud.example.org:5000/v3", "hybridCloudProviderEndpoints": {}},
    "links": [{"rel": "self", "href": f"{HERE}/deployments/{ID}"}],
}
BEGUN = {
    **DEPLOYMENT,
    "status": "CREATE_IN_PROGRESS",
    "task": "BROKERING",
    "outputs": {},
    "cloudProviderEndpoint": None,
}
MACHINE: dict[str, Any] = {
    "uuid": RESOURCE,
    "creationTime": "2026-03-02T12:00+0000",
    "updateTime": "2026-03-02T12:07+0000",
    "state": "STARTED",
    "toscaNodeType": "tosca.nodes.indigo.Compute",
    "toscaNodeName": "server",
    "requiredBy": [],
    "metadata": {"VirtualMachineInfo": '{"vmProperties": [{"class": "system", "id": "server", "cpu.count": 2}]}'},
    "physicalId": "6f0c1b1e/vms/0",
    "links": [{"rel": "self", "href": f"{HERE}/deployments/{ID}/resources/{RESOURCE}"}],
}


def also_reads(**examples: str) -> dict[str, Any]:
    """Headers that a route reads beside those it declares, each with an example; for `openapi_extra`."""
    named = {name.replace("_", "-"): example for name, example in examples.items()}
    return {
        "parameters": [
            {"name": name, "in": "header", "schema": {"type": "string"}, "example": example, "description": ABOUT[name]}
            for name, example in named.items()
        ]
    }


def a_page(item: Mapping[str, Any], at: str) -> dict[str, Any]:
    """A page with one thing in it."""
    links = [{"rel": "self", "href": f"{HERE}/{at}?page=0&size=10"}]
    return {"content": [item], "links": links, "page": {"size": 10, "totalElements": 1, "totalPages": 1, "number": 0}}


def good(code: int, example: object, model: type[BaseModel] | None = None, *, what: str = "") -> Answers:
    """A good answer in JSON."""
    told: dict[str, Any] = {"description": what or HTTPStatus(code).phrase}
    told |= {"model": model} if model is not None else {}
    return {code: told | {"content": {"application/json": {"example": example}}}}


def text(example: str, what: str) -> Answers:
    """A good answer in plain text."""
    return {200: {"description": what, "content": {"text/plain": {"example": example}}}}


def nothing(what: str) -> Answers:
    """A good answer without a body."""
    return {204: {"description": what}}


def refusals(*codes: int) -> Answers:
    """These refusals and those that are always possible."""
    told: Answers = {}
    for code in sorted({*codes, *ALWAYS}):
        title, message = HTTPStatus(code).phrase, SENTENCES[code]
        example = {"code": code, "title": title, "message": message, "type": "about:blank", "status": code}
        example |= {"detail": message, "instance": f"/deployments/{ID}", "requestId": "req-1"}
        content = {"application/json": {"example": example}}
        told[code] = {"model": ErrorBody, "description": title, "content": content}
    return {**told, "default": {"model": ErrorBody, "description": "Any other refusal"}}
