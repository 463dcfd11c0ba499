"""Answers of the INDIGO configuration database to its read paths."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.cmdb.domain.couch import ENTITIES, HAS_MANY, Document, schema
from shared.contracts.topology import Json

Documents = Mapping[str, Mapping[str, Document]]


class How(NamedTuple):
    """How an answer is wanted."""

    include_docs: bool = False
    owners: bool = False
    skip: int = 0
    limit: int | None = None


def answer(found: Documents, steps: Sequence[str], how: How) -> Json:
    """What is at a path below `/cmdb/`, as its decoded steps; `None` when there is nothing."""
    match [step for step in steps if step]:
        case []:
            return list(ENTITIES)
        case [entity, *_] if entity not in ENTITIES:
            return None
        case [entity, "schema"]:
            return schema(entity)
        case [entity, "list"]:
            return _rows([(document, [document.parent]) for document in found[entity].values()], how)
        case [entity, "id", id]:
            document = found[entity].get(id)
            return document.whole(owners=how.owners) if document else None
        case [entity, "id", id, "has_many", many] if many in HAS_MANY.get(entity, {}) and id in found[entity]:
            child, field = HAS_MANY[entity][many]
            children = [document for document in found[child].values() if document.data.get(field) == id]
            return _rows([(document, [id]) for document in children], how)
        case [entity, "filters", *asked] if asked and len(asked) % 2 == 0:
            return _filtered(found[entity], dict(zip(asked[::2], asked[1::2], strict=True)), how)
        case _:
            return None


def _filtered(found: Mapping[str, Document], wanted: Mapping[str, str], how: How) -> Json:
    matching = [
        document
        for document in found.values()
        if all(_text(document.data.get(field)) == value for field, value in wanted.items())
    ]
    return _rows([(document, list(wanted.values())) for document in matching], how)


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rows(found: Sequence[tuple[Document, list[str]]], how: How) -> dict[str, Json]:
    ordered = sorted(found, key=lambda row: (row[1], row[0].id))
    page = ordered[how.skip :] if how.limit is None else ordered[how.skip : how.skip + how.limit]
    rows: list[dict[str, Json]] = []
    for document, key in page:
        row: dict[str, Json] = {"id": document.id, "key": key, "value": document.value}
        rows.append({**row, "doc": document.whole(owners=how.owners)} if how.include_docs else row)
    return {"total_rows": len(ordered), "offset": how.skip, "rows": rows}
