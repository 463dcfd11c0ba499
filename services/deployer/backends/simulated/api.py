"""The wire of the simulated cloud."""

import asyncio
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from services.deployer.backends.simulated.faults import Fault, Kind, Script
from services.deployer.backends.simulated.stacks import Stack
from services.deployer.backends.simulated.world import World
from shared.contracts.topology import Json


class NewStack(BaseModel):
    """What to create: how many machines for each node, under which tag."""

    model_config = ConfigDict(extra="forbid")

    tag: str = Field(min_length=1, max_length=200)
    nodes: dict[str, int] = Field(default_factory=dict)


class Power(BaseModel):
    """Whether a machine is to run."""

    model_config = ConfigDict(extra="forbid")

    on: bool


class AnswerLost(ConnectionError):
    """Raised through the server when it is half through an answer, so that it hangs up."""


class LostAnswer(Response):
    """An answer that breaks off."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the shape of ASGI
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": HTTPStatus.CREATED, "headers": headers})
        raise AnswerLost("The script says that this answer is lost.")


def build(world: World) -> FastAPI:
    """The cloud's HTTP API on this world."""
    app = FastAPI(title="Simulated cloud", openapi_url="/openapi.json")
    _operators_part(app, world)
    _sites_part(app, world)
    _machines_part(app, world)
    return app


def _operators_part(app: FastAPI, world: World) -> None:
    @app.get("/health")
    async def health() -> Json:
        return {"stacks": len(world.stacks())}

    @app.get("/stacks")
    async def everything() -> Json:
        return {"stacks": [_shown(stack, world) for stack in world.stacks()]}

    @app.get("/script")
    async def script() -> Script:
        return world.script

    @app.put("/script")
    async def follow(script: Script) -> Script:
        world.follow(script)
        return script


def _sites_part(app: FastAPI, world: World) -> None:
    @app.get("/sites/{site}")
    async def site(site: str) -> Response:
        weather = _weather(world, site)
        return await _answer(weather, {"site": site, "stacks": len(world.stacks(site))})

    @app.post("/sites/{site}/stacks")
    async def create(site: str, wanted: NewStack) -> Response:
        weather = _weather(world, site)
        made = world.create(site, wanted.tag, wanted.nodes)
        if isinstance(made, Fault):
            return await _answer(weather, _refusal(made), HTTPStatus.CONFLICT)
        if made.answer_lost:
            return LostAnswer()
        return await _answer(weather, _shown(made.stack, world), HTTPStatus.CREATED)

    @app.get("/sites/{site}/stacks")
    async def stacks(site: str, tag: str | None = None) -> Response:
        weather = _weather(world, site)
        return await _answer(weather, {"stacks": [_shown(stack, world) for stack in world.stacks(site, tag)]})

    @app.get("/sites/{site}/stacks/{identifier}")
    async def stack(site: str, identifier: str) -> Response:
        weather = _weather(world, site)
        return await _answer(weather, _shown(_found(world, site, identifier), world))

    @app.delete("/sites/{site}/stacks/{identifier}")
    async def delete(site: str, identifier: str, *, force: bool = False) -> Response:
        weather = _weather(world, site)
        found = _found(world, site, identifier)
        if world.delete(found, force=force):
            return await _answer(weather, {"deleted": found.stack})
        sentence = found.sentence or "The site will not let go of the machines"
        return await _answer(weather, {"cause": found.cause, "sentence": sentence}, HTTPStatus.CONFLICT)


def _machines_part(app: FastAPI, world: World) -> None:
    @app.put("/sites/{site}/stacks/{identifier}/nodes")
    async def change(site: str, identifier: str, nodes: dict[str, int]) -> Response:
        weather = _weather(world, site)
        changed = world.change(_found(world, site, identifier), nodes)
        return await _answer(weather, _shown(changed, world))

    @app.put("/sites/{site}/stacks/{identifier}/machines/{number}")
    async def power(site: str, identifier: str, number: int, wanted: Power) -> Response:
        weather = _weather(world, site)
        stack = _found(world, site, identifier)
        if number not in {machine.number for machine in stack.machines()}:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"Stack {identifier} has no machine {number}.")
        return await _answer(weather, _shown(world.power(stack, number, on=wanted.on), world))


def _weather(world: World, site: str) -> Fault | None:
    fault = world.passing_fault(site)
    if fault is not None and fault.kind is Kind.UNAVAILABLE:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, fault.sentence or f"Site {site} has no time.")
    return fault


async def _answer(weather: Fault | None, content: Json, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The answer, late if the weather says so: what was asked has been done by then."""
    if weather is not None and weather.kind is Kind.SLOW:
        await asyncio.sleep(weather.seconds)
    return JSONResponse(content, status_code=status)


def _found(world: World, site: str, identifier: str) -> Stack:
    found = world.stack(site, identifier)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"Site {site} has no stack {identifier}.")
    return found


def _refusal(fault: Fault) -> Json:
    sentence = fault.sentence or f"The site refuses for want of {fault.cause.value}"
    return {"cause": fault.cause, "sentence": sentence, "site_fault": fault.site_fault}


def _shown(stack: Stack, world: World) -> Json:
    machines = [machine.model_dump() for machine in stack.machines()]
    words = {"cause": stack.cause, "sentence": stack.sentence, "site_fault": stack.site_fault}
    state = stack.state(world.now())
    return {"id": stack.stack, "site": stack.site, "tag": stack.tag, "state": state, "machines": machines, **words}
