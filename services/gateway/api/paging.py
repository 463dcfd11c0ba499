"""Which page of a list, in which order, and how it is shown."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request

from services.gateway.api.problems import Awkward
from services.gateway.ports import SortedBy

MOST_AT_ONCE = 2000
LAST_PAGE = 1_000_000_000
CANNOT_PAGE = "orpy-"
"""How the user agents begin that break when a list has a second page: they get one that holds all."""
SORTABLE: Mapping[str, SortedBy] = {
    "createdat": SortedBy.CREATED,
    "creationtime": SortedBy.CREATED,
    "updatedat": SortedBy.UPDATED,
    "updatetime": SortedBy.UPDATED,
    "status": SortedBy.STATUS,
}
DIRECTIONS = {"asc": False, "desc": True}
Whole = dict[str, Any]
T = TypeVar("T")

PageNumber = Annotated[int, Query(ge=0, le=LAST_PAGE, description="from 0")]
PageSize = Annotated[int, Query(ge=1, le=LAST_PAGE, description=f"{MOST_AT_ONCE} at most are given")]


class Window(NamedTuple):
    """A page: its number, its size, and whether it is all that there is to be."""

    number: int
    size: int
    alone: bool = False


def window_of(request: Request, page: PageNumber = 0, size: PageSize = 10) -> Window:
    """The page that is asked for, or the one that a client can bear."""
    if request.headers.get("user-agent", "").lower().startswith(CANNOT_PAGE):
        return Window(0, MOST_AT_ONCE, alone=True)
    return Window(page, min(size, MOST_AT_ONCE))


def sorting(asked: str | None) -> tuple[SortedBy, bool]:
    """By what, and whether downwards; newest first if nothing is asked. Raises `Awkward`."""
    if not asked:
        return SortedBy.CREATED, True
    name, _, direction = asked.partition(",")
    by, down = SORTABLE.get(name.strip().lower()), DIRECTIONS.get(direction.strip().lower() or "asc")
    if by is None or down is None:
        names = ", ".join(SortedBy)
        raise Awkward(f"Value {asked} for param sort is illegal: it is one of {names}, then `,asc` or `,desc`.")
    return by, down


def asked_again(request: Request, names: Sequence[str]) -> str:
    """What was asked, encoded for the links of a page; ends with `&` if there is anything."""
    given = [(name, request.query_params[name]) for name in names if name in request.query_params]
    return f"{urlencode(given)}&" if given else ""


def page_body(content: Sequence[Whole], total: int, address: str, window: Window) -> Whole:
    """A page as INDIGO clients know it. `address` is the list's own, up to and including its `?` and what was asked.

    On the last page `self` and `last` are the same text: clients stop there.
    """
    number, size, alone = window
    pages = 1 if alone else max(1, -(-total // size))
    numbers = {"self": number}
    if pages > 1:
        numbers = {"first": 0, **({"prev": number - 1} if 0 < number < pages else {}), "self": number}
        numbers |= {"next": number + 1} if number < pages - 1 else {}
        numbers["last"] = pages - 1
    links = [{"rel": rel, "href": f"{address}page={at}&size={size}"} for rel, at in numbers.items()]
    shown = {"size": size, "totalElements": total, "totalPages": pages if total else 0, "number": number}
    return {"links": links, "content": list(content), "page": shown}


def sliced(items: Sequence[T], window: Window) -> Sequence[T]:
    """The items of a page."""
    return items[window.number * window.size : (window.number + 1) * window.size]
