"""`GET /templates`: what can be deployed without writing a template."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from services.gateway.api.deployments import WhoCalls
from services.gateway.api.described import good, refusals
from services.gateway.domain.ready import ReadyInput, ReadyOutput, ReadyTemplate
from shared.contracts.topology import TopologyKind
from shared.identity.caller import Caller

SHOWN = 80
CARD = {
    "name": "virtual_machine",
    "display_name": "Virtual machine",
    "description": "One machine with a public address",
    "tag": "compute",
    "icon": "https://corale.example.org/machine.svg",
    "kind": "infrastructure",
    "inputs": [],
}
WHOLE = {**CARD, "outputs": [], "template": "tosca_definitions_version: tosca_simple_yaml_1_0"}


class ListedTemplate(BaseModel):
    """One template as a card and a form: what it is and what it asks."""

    name: Annotated[str, Field(description="what `GET /templates/{name}` takes")]
    display_name: str
    description: str
    tag: str
    icon: Annotated[str, Field(description="address of an image; a data URI holds it itself")]
    kind: TopologyKind
    inputs: tuple[ReadyInput, ...]


class WholeTemplate(ListedTemplate):
    """The same with what it will tell, and its text."""

    outputs: tuple[ReadyOutput, ...]
    template: Annotated[str, Field(description="TOSCA; send it as `template` of `POST /deployments`")]


def template_routes(who_calls: WhoCalls, templates: Iterable[ReadyTemplate]) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/templates", tags=["templates"], responses=refusals(404))
    whole = {one.name: WholeTemplate(template=one.text, **dict(one)) for one in templates}
    listed = [ListedTemplate(**dict(one)) for one in whole.values()]

    @router.get("", responses=good(200, [CARD]))
    async def list_all(_: Annotated[Caller, Depends(who_calls)]) -> list[ListedTemplate]:
        """Templates that are ready to use, with the inputs that each asks for."""
        return listed

    @router.get("/{name}", responses=good(200, WHOLE))
    async def show(name: str, _: Annotated[Caller, Depends(who_calls)]) -> WholeTemplate:
        """One of them, with its text."""
        if name not in whole:
            raise HTTPException(404, f"There is no template {name[:SHOWN]!r}; GET /templates lists those there are.")
        return whole[name]

    return router
