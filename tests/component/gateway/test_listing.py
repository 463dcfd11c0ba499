"""Who sees which deployments in a list, in which order, and how a client finds the next page."""

from urllib.parse import quote

import httpx
import pytest

from embedded.keys import Keys
from tests.component.gateway.door import ADMINS, TEMPLATE, Door, a_door


async def listed(client: httpx.AsyncClient, query: str = "") -> set[str]:
    """The ids on the first page of a list."""
    answer = await client.get(f"/deployments?size=100&{query}")
    assert answer.status_code == 200, answer.text
    return {one["uuid"] for one in answer.json()["content"]}


async def test_a_list_shows_ones_own_and_with_a_group_the_groups_and_to_an_administrator_all(door: Door) -> None:
    async with (
        door.client("alice", "users", "red") as alice,
        door.client("bob", "users") as bob,
        door.client("olga", ADMINS) as olga,
    ):
        mine = await door.create(alice, userGroup="users")
        red = await door.create(alice, userGroup="/red")
        bobs = await door.create(bob)
        issuer = quote(f"{door.issuer}/")

        assert await listed(alice) == await listed(alice, "createdBy=me") == {mine, red}
        assert await listed(alice, "userGroup=red") == await listed(alice, "createdBy=me&userGroup=/red") == {red}
        assert await listed(bob, "userGroup=users") == {mine, bobs}
        assert await listed(bob, f"userGroup=users&createdBy=alice@{issuer}") == {mine}
        assert await listed(bob, f"createdBy=bob@{issuer}") == {bobs}
        assert await listed(olga) == {mine, red, bobs}
        assert await listed(olga, f"createdBy=alice%40{issuer}") == {mine, red}
        assert await listed(olga, "createdBy=me") == set()


async def test_a_long_answer_is_packed_for_who_takes_it_so(door: Door) -> None:
    async with door.client() as alice:
        for _ in range(8):
            await door.create(alice)
        packed = await alice.get("/deployments")
        plain = await alice.get("/deployments", headers={"accept-encoding": "identity"})

    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < len(plain.content) / 4


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("createdBy=alice@{issuer}", 403, "Only admin can retrieve deployments for alice"),
        ("createdBy=bob@https://elsewhere.example.org", 403, "Only admin can retrieve deployments for bob"),
        ("userGroup=red", 403, "You are not a member of the group 'red'; your token names: users."),
        ("createdBy=alice", 400, "Value alice for param createdBy is illegal: it is `me`, or `subject@issuer`."),
        ("sort=colour,asc", 400, None),
        ("sort=status,sideways", 400, None),
        ("size=0", 400, None),
        ("size=x", 400, None),
        ("page=-1", 400, None),
        ("page=99999999999999999999", 400, None),
    ],
)
async def test_what_may_not_be_listed_is_refused_with_a_sentence(
    door: Door, query: str, code: int, message: str | None
) -> None:
    async with door.client("bob") as bob:
        answer = await bob.get(f"/deployments?{query.format(issuer=door.issuer)}")

    assert answer.status_code == code
    assert message is None or answer.json()["message"] == message


@pytest.mark.parametrize(
    ("sort", "turned"),
    [
        ("", True),
        ("createdAt,desc", True),
        ("creationTime,DESC", True),
        ("createdAt,asc", False),
        ("createdAt", False),
        ("updatedAt,desc", True),
        ("updateTime,asc", False),
    ],
)
async def test_a_list_is_sorted_as_it_is_asked(door: Door, sort: str, turned: bool) -> None:
    async with door.client() as alice:
        made = [await door.create(alice) for _ in range(3)]
        found = (await alice.get("/deployments", params={"sort": sort} if sort else {})).json()["content"]

    assert [one["uuid"] for one in found] == (made[::-1] if turned else made)


async def test_a_list_is_sorted_by_status(door: Door) -> None:
    async with door.client() as alice:
        going, staying = await door.create(alice), await door.create(alice)
        await alice.delete(f"/deployments/{going}")
        found = (await alice.get("/deployments?sort=status,desc")).json()["content"]

    assert [one["uuid"] for one in found] == [going, staying]


async def test_pages_are_found_by_their_links_and_the_last_one_says_that_it_is(door: Door) -> None:
    async with door.client("ali ce") as alice:
        made = [await door.create(alice) for _ in range(5)]
        seen: list[str] = []
        address = f"/deployments?size=2&createdBy={quote(f'ali ce@{door.issuer}')}&sort=createdAt,asc"
        for _ in range(10):
            page = (await alice.get(address)).json()
            links = {link["rel"]: link["href"] for link in page["links"]}
            seen += [one["uuid"] for one in page["content"]]
            if links["self"] == links.get("last", links["self"]):
                break
            address = links["next"]
        beyond = (await alice.get("/deployments?size=2&page=9")).json()

    assert seen == made
    assert page["page"] == {"size": 2, "totalElements": 5, "totalPages": 3, "number": 2}
    assert list(links) == ["first", "prev", "self", "last"]
    assert all(href.startswith("http://gateway.test/deployments?createdBy=ali+ce%40http") for href in links.values())
    assert beyond["content"] == []


async def test_who_cannot_page_gets_everything_at_once(door: Door) -> None:
    async with door.client("alice", **{"user-agent": "orpy-orpy/1.0.4"}) as alice:
        made = {await door.create(alice) for _ in range(12)}
        page = (await alice.get("/deployments")).json()

    assert {one["uuid"] for one in page["content"]} == made
    assert [link["rel"] for link in page["links"]] == ["self"]


async def test_a_foreign_deployment_does_not_exist_and_a_groups_is_seen(door: Door) -> None:
    async with door.client("alice") as alice, door.client("bob") as bob, door.client("eve", "red") as eve:
        deployment = await door.create(alice)
        paths = ["", "/template", "/log", "/extrainfo", "/resources", "/resources/filter?type=x", "/resources/1"]
        seen = [(await bob.get(f"/deployments/{deployment}{path}")).status_code for path in paths]
        foreign = [await eve.get(f"/deployments/{deployment}{path}") for path in paths]
        unknown = [await eve.get(f"/deployments/nowhere{path}") for path in paths]

    assert seen == [200, 200, 200, 200, 200, 200, 404]
    assert {answer.status_code for answer in (*foreign, *unknown)} == {404}
    assert [answer.json()["message"].replace(deployment, "nowhere") for answer in foreign] == [
        answer.json()["message"] for answer in unknown
    ]


@pytest.mark.parametrize(("trusted", "base"), [("127.0.0.0/8", "https://c.example.org/api"), ("10.0.0.0/8", None)])
async def test_links_lead_to_where_a_trusted_proxy_is_seen(
    postgres: str, keys: Keys, trusted: str, base: str | None
) -> None:
    seen = {"x-forwarded-proto": "https", "x-forwarded-host": "c.example.org", "x-forwarded-prefix": "/api"}
    async with a_door(postgres, keys, trusted_proxies=[trusted]) as door, door.client(**seen) as alice:
        made = await alice.post("/deployments", json={"template": TEMPLATE})
        page = await alice.get("/deployments")

    links = [link["href"] for body in (made.json(), page.json(), *page.json()["content"]) for link in body["links"]]
    assert all(link.startswith(f"{base or door.url}/deployments") for link in links)
