"""The read API of the federation registry, version 1, for the orchestrators and tools that ask it.

Without a token entities are shown reduced; a token that proves nothing is 403, as there.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from services.cmdb.api.edge import Step, WhoMay
from services.cmdb.api.shelf import Shelf
from services.cmdb.app.agreements import Agreements
from services.cmdb.domain.accords import Accords
from services.cmdb.domain.couch import service_ids
from services.cmdb.domain.registry import Entity, Listed
from services.cmdb.domain.registry_graph import PUBLIC, Asked, Graph
from services.cmdb.ports import Kept
from shared.contracts.vocabulary import SiteId
from shared.identity.caller import Caller
from shared.messaging.transaction import Clock

UNAUTHORIZED, FORBIDDEN = 401, 403
CONTROLS = frozenset({"skip", "limit", "sort", "size", "page", "short", "with_conn", *Asked._fields})


class Window:
    """Which of the entities are shown, in which order."""

    def __init__(
        self,
        *,
        skip: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int | None, Query(ge=0)] = None,
        sort: str | None = None,
        size: Annotated[int | None, Query(ge=1)] = None,
        page: Annotated[int, Query(ge=0)] = 0,
    ) -> None:
        self._skip, self._limit, self._sort = skip, limit, sort
        self._size, self._page = size, page

    def of(self, entities: Sequence[Entity]) -> list[Entity]:
        """In order, cut out twice: by `skip` and `limit`, then by `page` and `size`."""
        found = list(entities)
        if self._sort:
            field = self._sort.removesuffix("_asc").removesuffix("_desc")
            found.sort(key=lambda entity: str(entity.get(field, "")), reverse=self._sort.endswith("_desc"))
        found = found[self._skip :] if self._limit is None else found[self._skip : self._skip + self._limit]
        return found if self._size is None else found[self._page * self._size : (self._page + 1) * self._size]


class Graphs:
    """The graph of the federation, made again only when something in it is different."""

    def __init__(self) -> None:
        self._sites: Mapping[SiteId, Kept] = {}
        self._accords: Accords | None = None
        self._graph: Graph | None = None

    def of(self, sites: Mapping[SiteId, Kept], accords: Accords) -> Graph:
        """Of these sites and agreements."""
        if self._graph is None or sites is not self._sites or accords != self._accords:
            ids = service_ids([kept.site for kept in sites.values()])
            self._graph = Graph([Listed(kept.site, ids[id]) for id, kept in sites.items()], accords)
            self._sites, self._accords = sites, accords
        return self._graph


def registry_routes(who: WhoMay, shelf: Shelf, agreements: Agreements, clock: Clock) -> APIRouter:
    """Everything below `/api/v1`."""
    router = APIRouter(prefix="/api/v1", tags=["federation registry, version 1"])
    graphs = Graphs()

    async def caller(request: Request) -> Caller | None:
        try:
            return await who(request)
        except HTTPException as problem:
            raise HTTPException(
                FORBIDDEN if problem.status_code == UNAUTHORIZED else problem.status_code, problem.detail
            ) from problem

    async def entities(request: Request, entity: str) -> list[Entity]:
        accords = Accords(agreements.known.values(), clock())
        graph = graphs.of(await shelf.everything(), accords)
        return _filtered(_entities(graph, entity, request), request)

    @router.get("/{entity}/")
    @router.get("/{entity}", include_in_schema=False)
    async def many(
        request: Request,
        entity: str,
        window: Annotated[Window, Depends()],
        somebody: Annotated[Caller | None, Depends(caller)],
        *,
        with_conn: bool = False,
        short: bool = False,
    ) -> list[Entity]:
        """Entities of one kind, by their own fields; projects and user groups by what is connected to them too."""
        found = window.of(await entities(request, entity))
        return [_shown(one, known=somebody is not None, connected=with_conn and not short) for one in found]

    @router.get("/{entity}/{uid}")
    async def one(
        request: Request,
        entity: str,
        uid: Step,
        somebody: Annotated[Caller | None, Depends(caller)],
        *,
        with_conn: bool = False,
    ) -> Entity:
        """One entity."""
        for found in await entities(request, entity):
            if found["uid"] == uid:
                return _shown(found, known=somebody is not None, connected=with_conn)
        raise HTTPException(404, f"There is nothing with the uid {uid!r} among the {entity}.")

    return router


def _entities(graph: Graph, entity: str, request: Request) -> list[Entity]:
    asked = Asked(**{name: request.query_params.get(name, "") for name in Asked._fields})
    match entity:
        case "projects":
            return graph.projects(asked)
        case "user_groups":
            return graph.user_groups(asked)
        case "slas":
            return graph.slas()
        case _ if entity in graph.plain:
            return graph.plain[entity]
        case _:
            allowed = ", ".join(sorted([*graph.plain, "projects", "slas", "user_groups"]))
            raise HTTPException(404, f"There is no {entity!r}; there are {allowed}.")


def _filtered(found: list[Entity], request: Request) -> list[Entity]:
    wanted = {name: value for name, value in request.query_params.items() if name not in CONTROLS}
    return [entity for entity in found if all(_text(entity.get(name)) == value for name, value in wanted.items())]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(entity: Entity, *, known: bool, connected: bool) -> Entity:
    if not known:
        return {name: value for name, value in entity.items() if name in PUBLIC}
    if connected:
        return entity
    return {name: value for name, value in entity.items() if not isinstance(value, dict) and not _links(value)}


def _links(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)
