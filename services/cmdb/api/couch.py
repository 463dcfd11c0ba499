"""The read API of the INDIGO configuration database, for the orchestrators and tools that still ask it.

Anybody may read, as there; whom a record belongs to is shown to callers with a token only.
"""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from services.cmdb.api.edge import WhoMay
from services.cmdb.api.shelf import Shelf
from services.cmdb.domain.couch import ENTITIES, Described, Document, documents, service_ids
from services.cmdb.domain.lookups import How, answer
from services.cmdb.ports import Kept
from shared.contracts.vocabulary import SiteId
from shared.identity.caller import Caller


def couch_routes(who: WhoMay, shelf: Shelf) -> APIRouter:
    """Everything below `/cmdb/`."""
    router = APIRouter(prefix="/cmdb", tags=["configuration database of the INDIGO generation"])
    made = Documents()

    @router.get("/{path:path}")
    async def read(
        path: str,
        caller: Annotated[Caller | None, Depends(who)],
        *,
        include_docs: bool = False,
        skip: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int | None, Query(ge=0)] = None,
    ) -> JSONResponse:
        """`{entity}/list`, `…/id/{id}`, `…/id/{id}/has_many/{many}`, `…/filters/{field}/{value}`, `…/schema`."""
        steps = [unquote(step) for step in path.split("/")]
        how = How(include_docs, caller is not None, skip, limit)
        body = answer(made.of(await shelf.everything()), steps, how)
        if body is None:
            return JSONResponse({"error": "not_found", "reason": "missing"}, 404)
        return JSONResponse(body)

    return router


class Documents:
    """The documents of the sites, made again only for those that have changed."""

    def __init__(self) -> None:
        self._made: dict[SiteId, tuple[Kept, dict[str, str], list[Document]]] = {}
        self._sites: Mapping[SiteId, Kept] = {}
        self._found: Mapping[str, Mapping[str, Document]] = {}

    def of(self, sites: Mapping[SiteId, Kept]) -> Mapping[str, Mapping[str, Document]]:
        """All documents, by entity and id."""
        if sites is not self._sites:
            ids = service_ids([kept.site for kept in sites.values()])
            self._made = {id: self._documents(kept, ids[id]) for id, kept in sites.items()}
            found: dict[str, dict[str, Document]] = {entity: {} for entity in ENTITIES}
            for _, _, made in self._made.values():
                for document in made:
                    found[document.entity][document.id] = document
            self._sites, self._found = sites, found
        return self._found

    def _documents(self, kept: Kept, ids: dict[str, str]) -> tuple[Kept, dict[str, str], list[Document]]:
        known = self._made.get(kept.id)
        if known is not None and known[0] is kept and known[1] == ids:
            return known
        return kept, ids, list(documents(Described(kept.site, kept.revision, kept.owners), ids))
