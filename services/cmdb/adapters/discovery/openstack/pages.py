"""Lists that come in pages."""

from dataclasses import replace
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel

from services.cmdb.adapters.discovery.client import Question, Session, place
from services.cmdb.adapters.discovery.openstack.answers import Page
from shared.failures import Transient

PAGE = "500"
MOST = 5000
T = TypeVar("T", bound=BaseModel)


async def all_of(session: Session, question: Question, kind: type[Page[T]]) -> list[T]:
    """The things of all pages. Raises `Transient` when there are too many, or the pages go round in a circle.

    Only the query of a link is taken: behind a proxy many clouds link to an address that only they know.
    """
    found: list[T] = []
    query = {"limit": PAGE}
    for _ in range(session.bounds.pages):
        page = await session.model(replace(question, params=query), kind)
        found += page.things
        if len(found) > MOST:
            raise Transient(f"{question.what} at {place(question.url)} are more than {MOST}.")
        onward = _query(question, page.onward) if page.onward and page.things else query
        if onward == query:
            return found
        query = onward
    raise Transient(f"{question.what} at {place(question.url)} have more than {session.bounds.pages} pages.")


def _query(question: Question, link: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(link).query))
    except ValueError:
        raise Transient(f"{question.what} at {place(question.url)} link to a next page that is no address.") from None
