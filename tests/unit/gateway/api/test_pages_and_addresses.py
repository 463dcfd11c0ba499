"""Links are absolute and lead on until the last page; proxies are believed only if they are trusted."""

from ipaddress import ip_network

import pytest
from fastapi import Request

from services.gateway.api.addresses import base_from, believing
from services.gateway.api.paging import Window, page_body, sorting
from services.gateway.api.preferences import wanted_versions
from services.gateway.api.problems import Awkward
from services.gateway.ports import SortedBy

FORWARDED = {
    "x-forwarded-proto": "https, http",
    "x-forwarded-host": "corale.example.org, inner",
    "x-forwarded-prefix": "/api/",
}


def a_request(headers: dict[str, str], *, client: str = "10.0.0.1", root: str = "") -> Request:
    """A request that came over plain HTTP to `inner:8080`."""
    raw = [(name.encode(), value.encode()) for name, value in {"host": "inner:8080", **headers}.items()]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "query_string": b"", "root_path": root}
    return Request({**scope, "headers": raw, "client": (client, 1234), "server": ("inner", 8080), "state": {}})


@pytest.mark.parametrize(
    ("public", "trusted", "client", "headers", "base"),
    [
        ("https://c.example.org/x/", "10.0.0.0/8", "10.0.0.1", FORWARDED, "https://c.example.org/x"),
        ("", "10.0.0.0/8", "10.0.0.1", FORWARDED, "https://corale.example.org/api"),
        ("", "10.0.0.0/8", "11.0.0.1", FORWARDED, "http://inner:8080"),
        ("", "10.0.0.0/8", "unix", FORWARDED, "http://inner:8080"),
        ("", "10.0.0.0/8", "10.0.0.1", {}, "http://inner:8080"),
        ("", "::1/128", "::1", {"x-forwarded-proto": "https"}, "https://inner:8080"),
        ("", "10.0.0.0/8", "10.0.0.1", {"x-forwarded-proto": "javascript"}, "http://inner:8080"),
        ("", "10.0.0.0/8", "10.0.0.1", {"x-forwarded-host": "a.org", "x-forwarded-port": "444"}, "http://a.org:444"),
        ("", "10.0.0.0/8", "10.0.0.1", {"x-forwarded-host": "[::1]:1", "x-forwarded-port": "2"}, "http://[::1]:1"),
    ],
)
def test_the_address_is_the_one_that_clients_see(
    public: str, trusted: str, client: str, headers: dict[str, str], base: str
) -> None:
    request = a_request(headers, client=client)

    assert base_from(public)(Request(believing(request.scope, [ip_network(trusted)]))) == base


@pytest.mark.parametrize(
    ("said", "client", "found"),
    [
        ("192.0.2.1, 10.0.0.9", "10.0.0.1", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1", "10.0.0.1", "192.0.2.1"),
        ("192.0.2.1", "11.0.0.1", "11.0.0.1"),
        ("10.0.0.9", "10.0.0.1", "10.0.0.1"),
        ("", "10.0.0.1", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(said: str, client: str, found: str) -> None:
    scope = a_request({"x-forwarded-for": said}, client=client).scope

    assert believing(scope, [ip_network("10.0.0.0/8")])["client"][0] == found


def test_a_list_of_one_page_has_no_next_and_a_longer_one_ends() -> None:
    only = page_body([], 3, "https://g/deployments?", Window(0, 10))
    first = page_body([], 25, "https://g/deployments?", Window(0, 10))
    last = page_body([], 25, "https://g/deployments?userGroup=a&", Window(2, 10))

    assert [link["rel"] for link in only["links"]] == ["self"]
    assert [link["rel"] for link in first["links"]] == ["first", "self", "next", "last"]
    links = {link["rel"]: link["href"] for link in last["links"]}
    assert "next" not in links
    assert links["self"] == links["last"] == "https://g/deployments?userGroup=a&page=2&size=10"
    assert last["page"] == {"size": 10, "totalElements": 25, "totalPages": 3, "number": 2}


def test_without_a_direction_it_is_sorted_upwards_and_without_a_wish_the_newest_is_first() -> None:
    assert sorting(None) == (SortedBy.CREATED, True)
    assert sorting("status") == (SortedBy.STATUS, False)
    with pytest.raises(Awkward, match="createdAt, updatedAt, status"):
        sorting("name,asc")


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, ()),
        ('"1.A"', ("1.A",)),
        ('W/"1.A", "2.B"', ("1.A", "2.B")),
        ("*", ("*",)),
        ("1.A", ("1.A",)),
        ("", ("",)),
    ],
)
def test_the_versions_that_may_be_changed_are_read_from_the_header(
    header: str | None, versions: tuple[str, ...]
) -> None:
    assert wanted_versions(a_request({} if header is None else {"if-match": header})) == versions
