"""People at the API, on a real PostgreSQL."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from shared.contracts.sites import Quantities
from shared.contracts.topology import Json
from tests.component.slam.world import Slam, terms
from tests.support.builders import NOON, a_service, a_site, an_envelope

GOLDEN = Path(__file__).parents[2] / "unit" / "slam" / "golden"
LESS = {"targets": [{"type": "num_cpus", "total_limit": 32}]}


async def test_a_draft_becomes_an_agreement_by_offer_and_counter_offer(slam: Slam) -> None:
    made = await slam.draft()
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, "/agreements/a-1", '"1"')
    assert made.json()["acts"] == ["save", "send", "delete", "prioritise"]
    assert (await slam.ask("owen", "GET", "/agreements/a-1")).status_code == 404
    assert (await slam.do("anna", "send", 1)).json()["status"] == "sent"
    countered = await slam.do("owen", "counter", 2, terms=terms(**LESS), comment="we have 32")
    assert countered.json()["status"] == "countered"
    accepted = await slam.do("anna", "accept", 3)
    assert (accepted.status_code, accepted.json()["state"], accepted.headers["etag"]) == (200, "active", '"4"')
    assert await slam.states() == ["draft", "sent", "countered", "active"]
    assert (await slam.told())[-1].limits == Quantities(cpus=32)
    history = (await slam.ask("mia", "GET", "/agreements/a-1/history")).json()["versions"]
    assert [(one["act"], one["who"]["subject"], one["comment"]) for one in history] == [
        ("draft", "anna", ""),
        ("send", "anna", ""),
        ("counter", "owen", "we have 32"),
        ("accept", "anna", ""),
    ]
    assert history[0]["terms"]["targets"][0]["total_limit"] == 64


async def test_two_owners_race_and_one_of_them_is_told_so(slam: Slam) -> None:
    await slam.draft()
    await slam.do("anna", "send", 1)
    answers = await asyncio.gather(
        slam.do("owen", "accept", 2),
        slam.do("olga", "counter", 2, terms=terms(**LESS)),
        slam.do("owen", "reject", 2),
        slam.do("olga", "accept", 2),
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 409, 409, 409]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    for lost in (answer.json() for answer in answers if answer.status_code == 409):
        assert lost["revision"] == 3
        assert lost["current"]["status"] == won["status"]
        assert lost["message"].startswith("The agreement has changed since you looked at it")
    history = (await slam.ask("mia", "GET", "/agreements/a-1/history")).json()["versions"]
    assert [one["revision"] for one in history] == [1, 2, 3]
    assert len(await slam.told()) == 3


async def test_a_condition_in_a_header_fails_as_one(slam: Slam) -> None:
    await slam.draft()
    path, body = "/agreements/a-1", {"terms": terms(**LESS)}
    late = await slam.ask("anna", "PUT", path, body, [("If-Match", '"7"')])
    assert (late.status_code, late.headers["etag"], late.json()["revision"]) == (412, '"1"', 1)
    bad = await slam.ask("anna", "PUT", path, body, [("If-Match", "yesterday")])
    assert (bad.status_code, bad.json()["problems"][0]["where"]) == (422, "header.if-match")
    good = await slam.ask("anna", "PUT", path, body, [("If-Match", '"1"')])
    assert (good.status_code, good.headers["etag"]) == (200, '"2"')


async def test_nothing_is_done_to_a_revision_that_nobody_named(slam: Slam) -> None:
    await slam.draft()
    answer = await slam.ask("anna", "POST", "/agreements/a-1/send", {})
    assert answer.json()["problems"][0]["where"] == "revision"
    assert (await slam.ask("anna", "POST", "/agreements/a-1/send")).status_code == 422
    assert (await slam.ask("anna", "DELETE", "/agreements/a-1")).status_code == 422


@pytest.mark.parametrize(
    ("who", "act", "code", "says"),
    [
        (None, "send", 401, "A bearer token is needed"),
        ("nobody", "send", 401, "The token proves nothing."),
        ("eve", "send", 404, "There is no agreement 'a-1'."),
        ("owen", "send", 404, "There is no agreement 'a-1'."),
        ("mia", "send", 403, "Only a manager of the group or an administrator may send an agreement that is draft."),
        ("anna", "accept", 409, "An agreement that is draft takes no `accept`; possible now: save, send"),
        ("anna", "record", 403, "Only an administrator may record"),
        ("anna", "dance", 422, "path.act"),
    ],
)
async def test_who_may_not_is_told_why(slam: Slam, who: str | None, act: str, code: int, says: str) -> None:
    await slam.draft()
    answer = await slam.ask(who, "POST", f"/agreements/a-1/{act}", {"revision": 1})
    assert (answer.status_code, answer.json()["code"]) == (code, code)
    assert says in answer.json()["message"]
    assert await slam.states() == ["draft"]


@pytest.mark.parametrize(
    ("more", "where", "found", "allowed"),
    [
        ({"ends": NOON.isoformat()}, "terms.ends", "an end before the start", "after 2026-03-02 12:00"),
        (
            {"targets": [{"type": "ram", "unit": "KB", "total_limit": 1}]},
            "terms.targets.0.unit",
            "'KB'",
            "'MB' or 'GB'",
        ),
        (
            {"targets": [{"type": "gpus", "user_limit": -1}]},
            "terms.targets.0.user_limit",
            "-1",
            "a number from 0, 'unlimited' or 'unknown'",
        ),
        ({"site": "mars"}, "terms.site", "'mars'", "'bari' or 'cineca'"),
        ({"services": ["cineca-compute", "x"]}, "terms.services.1", "'x'", "'cineca-compute' or 'cineca-open'"),
        ({"colour": "red"}, "terms.colour", "a word that is not known", "to be left out"),
        ({"starts": None}, "terms.starts", "None", "a valid datetime"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_could(
    slam: Slam, more: dict[str, Json], where: str, found: str, allowed: str
) -> None:
    answer = await slam.draft(**more)
    assert answer.status_code == 422
    assert answer.json()["problems"] == [{"where": where, "found": found, "allowed": allowed}]
    assert await slam.told() == []


async def test_a_renewal_that_ends_before_it_starts_is_refused(slam: Slam) -> None:
    await slam.ask("ada", "POST", "/agreements", {"signed": True, "terms": terms()})
    answer = await slam.do("owen", "renew", 1, ends=(NOON - timedelta(days=1)).isoformat())
    assert answer.json()["problems"][0]["where"] == "ends"
    assert (await slam.do("owen", "renew", 1, ends=None)).json()["ends"] is None


async def test_nobody_makes_himself_the_manager_of_a_group(slam: Slam) -> None:
    eve = {"issuer": "https://iam.example.org/", "subject": "eve"}
    assert (await slam.draft("eve", managers=[eve])).status_code == 403
    await slam.draft(managers=[eve])
    assert (await slam.do("eve", "send", 1)).status_code == 200
    owen = {"issuer": "https://iam.example.org/", "subject": "owen"}
    answer = await slam.do("owen", "counter", 2, terms=terms(managers=[eve, owen]))
    assert (answer.status_code, "for the group to say" in answer.json()["message"]) == (409, True)


async def test_what_is_sent_to_a_public_service_is_in_force_at_once(slam: Slam) -> None:
    await slam.draft(services=["cineca-open"])
    assert (await slam.do("anna", "send", 1)).json()["state"] == "active"
    await slam.draft(services=[])
    assert (await slam.do("anna", "send", 1, "a-2")).json()["state"] == "sent"


async def test_an_administrator_takes_the_short_way(slam: Slam) -> None:
    body = {"signed": True, "terms": terms(), "comment": "paper of 2 March"}
    assert (await slam.ask("anna", "POST", "/agreements", body)).status_code == 403
    assert (await slam.ask("ada", "POST", "/agreements", body)).json()["in_force"] is True
    assert (await slam.do("ada", "disable", 1)).json()["state"] == "suspended"
    assert (await slam.do("owen", "resume", 2)).status_code == 409
    assert (await slam.do("ada", "enable", 2)).json()["state"] == "active"
    assert await slam.states() == ["active", "suspended", "active"]


async def test_a_group_says_what_it_likes_without_asking(slam: Slam) -> None:
    await slam.ask("ada", "POST", "/agreements", {"signed": True, "terms": terms()})
    like = {"revision": 1, "priority": 2, "priorities": {"org.openstack.nova": 9}}
    assert (await slam.ask("owen", "PUT", "/agreements/a-1/priorities", like)).status_code == 403
    assert (await slam.ask("anna", "PUT", "/agreements/a-1/priorities", like)).json()["in_force"] is True
    (_, told) = await slam.told()
    assert (told.priority, told.priorities) == (2, {"org.openstack.nova": 9})


async def test_a_deleted_draft_is_gone_but_not_forgotten(slam: Slam) -> None:
    await slam.draft()
    assert (await slam.ask("anna", "DELETE", "/agreements/a-1?revision=1")).status_code == 204
    assert (await slam.ask("anna", "GET", "/agreements/a-1")).status_code == 404
    assert (await slam.ask("ada", "GET", "/agreements/a-1/history")).json()["versions"][-1]["act"] == "delete"
    assert await slam.states() == ["draft", "terminated"]


async def test_everybody_lists_their_own_page_by_page(slam: Slam) -> None:
    for n in range(5):
        await slam.ask("ada", "POST", "/agreements", {"signed": True, "terms": terms(priority=n)})
    await slam.draft("eve", group="others", site="bari", services=[])
    await slam.do("owen", "suspend", 1, "a-2")

    async def ids(who: str, query: str = "") -> list[str]:
        return [one["id"] for one in (await slam.ask(who, "GET", f"/agreements?{query}")).json()["agreements"]]

    assert await ids("mia") == ["a-1", "a-2", "a-3", "a-4", "a-5"]
    assert await ids("olga") == ["a-1", "a-2", "a-3", "a-4", "a-5"]
    assert await ids("eve") == ["a-6"]
    assert await ids("ada") == ["a-1", "a-2", "a-3", "a-4", "a-5", "a-6"]
    eve = {"issuer": "https://iam.example.org/", "subject": "eve"}
    listed = {"signed": True, "terms": terms(managers=[eve])}
    assert (await slam.ask("ada", "POST", "/agreements", listed)).status_code == 201
    assert await ids("eve") == ["a-6", "a-7"]
    assert await ids("mia", "page=1&size=2") == ["a-3", "a-4"]
    assert await ids("mia", "state=suspended") == ["a-2"]
    assert await ids("mia", "in_force=true&service=cineca-compute&size=1") == ["a-1"]
    assert await ids("ada", "group=/others&site=bari") == ["a-6"]
    page = (await slam.ask("mia", "GET", "/agreements?size=2")).json()
    assert (page["page"], page["size"], page["total"]) == (0, 2, 6)
    assert (await slam.ask(None, "GET", "/agreements")).status_code == 401


async def test_nobody_is_refused_while_the_owners_are_still_being_read(slam: Slam) -> None:
    await slam.draft()
    await slam.do("anna", "send", 1)
    slam.sites._sites.clear()
    slam.known = False
    answer = await slam.do("owen", "accept", 2)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (await slam.do("anna", "withdraw", 2)).status_code == 200


async def test_old_clients_get_the_bytes_they_read(slam: Slam) -> None:
    slam.sites.fold(an_envelope(a_site("bari", a_service("bari-compute"))))
    slam.sites.fold(an_envelope(a_site("cineca")))
    first = terms(
        site="bari",
        services=["bari-compute"],
        starts="2020-11-10T23:00:00Z",
        ends="2027-01-05T00:30:00Z",
        targets=[
            {"type": "num_cpus", "total_limit": 100, "total_guaranteed": 10, "user_limit": 7.5},
            {"type": "computing_time", "unit": "h", "total_guaranteed": 200, "total_limit": 400},
        ],
    )
    await slam.ask("ada", "POST", "/agreements", {"signed": True, "terms": first})
    await slam.ask("ada", "POST", "/agreements", {"signed": True, "terms": terms(starts="2026-05-01T00:00:00Z")})
    one = await slam.ask("mia", "GET", "/rest/slam/sla/a-1")
    assert one.content + b"\n" == (GOLDEN / "sla.json").read_bytes().replace(b"sla-1", b"a-1")
    assert one.headers["content-type"] == "application/json"
    found = (await slam.ask("mia", "GET", "/rest/slam/preferences/biomed/users")).json()
    assert [sla["id"] for sla in found["sla"]] == ["a-1"]
    assert (await slam.ask("ada", "GET", "/rest/slam/preferences/biomed/users")).json() == found
    assert (await slam.ask("eve", "GET", "/rest/slam/preferences/biomed/users")).status_code == 403
    assert (await slam.ask("eve", "GET", "/rest/slam/sla/a-1")).status_code == 404
    assert (await slam.ask(None, "GET", "/rest/slam/preferences/biomed/users")).status_code == 401
    assert (await slam.ask("mia", "GET", "/rest/slam/preferences?customer=x")).content == b"[]"
    assert [sla["id"] for sla in (await slam.ask("mia", "GET", "/rest/slam/sla?provider=bari")).json()] == ["a-1"]
