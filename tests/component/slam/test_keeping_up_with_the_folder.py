"""Slam with a real folder and a real PostgreSQL."""

import pytest
from sqlalchemy import text

from services.slam.main import MIGRATIONS
from tests.component.slam.world import Slam, terms

GOOD = "group: biomed/users\nsite: bari\nstarts: 2026-01-01\nends: 2026-12-31\n"


async def test_an_agreement_is_told_when_it_changes_and_terminated_once_when_it_is_gone(slam: Slam) -> None:
    slam.write("sla-1", GOOD)
    await slam.refresh.refresh()
    await slam.refresh.refresh()
    slam.write("sla-1", GOOD + "priority: 5\n")
    await slam.refresh.refresh()
    (slam.folder / "sla-1.yaml").unlink()
    await slam.refresh.refresh()
    slam.start()
    await slam.refresh.refresh()
    assert [(change.state.value, change.priority) for change in await slam.told()] == [
        ("active", 0),
        ("active", 5),
        ("terminated", 5),
    ]
    history = (await slam.ask("ada", "GET", "/agreements/sla-1/history")).json()["versions"]
    assert [(one["revision"], one["act"], one["status"], one["who"]) for one in history] == [
        (1, "file", "signed", None),
        (2, "file", "signed", None),
        (3, "file", "terminated", None),
    ]


async def test_a_broken_file_keeps_the_last_good_agreement_and_says_why(slam: Slam) -> None:
    slam.write("sla-1", GOOD)
    await slam.refresh.refresh()
    slam.write("sla-1", GOOD.replace("2026-12-31", "2020-12-31"))
    await slam.refresh.refresh()
    assert len(await slam.told()) == 1
    for path in ("/problems", "/agreements/problems"):
        (problem,) = (await slam.ask(None, "GET", path)).json()["problems"]
        assert (problem["file"], problem["line"]) == ("agreements/sla-1.yaml", 4)
        assert "found an end before the start" in problem["message"]
    assert (await slam.ask("mia", "GET", "/agreements/sla-1")).json()["in_force"] is True
    assert await slam.refresh.standing.check() is None


async def test_dates_turn_what_a_file_says_too(slam: Slam) -> None:
    slam.write("sla-1", GOOD)
    await slam.refresh.refresh()
    slam.now = slam.now.replace(year=2027)
    await slam.refresh.refresh()
    assert await slam.states("sla-1") == ["active"]
    await slam.turning.turn()
    await slam.refresh.refresh()
    assert await slam.states("sla-1") == ["active", "expired"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/agreements/sla-1/disable", {"revision": 1}),
        ("PUT", "/agreements/sla-1", {"revision": 1, "terms": terms(site="bari")}),
        ("PUT", "/agreements/sla-1/priorities", {"revision": 1, "priority": 9}),
    ],
)
async def test_an_agreement_of_a_file_is_changed_there(slam: Slam, method: str, path: str, body: object) -> None:
    slam.write("sla-1", GOOD)
    await slam.refresh.refresh()
    answer = await slam.ask("ada", method, path, body)
    assert answer.status_code == 409
    assert "is the file agreements/sla-1.yaml of the federation folder" in answer.json()["message"]
    assert (await slam.ask("ada", "GET", "/agreements/sla-1")).json()["acts"] == []
    assert (await slam.ask("eve", method, path, body)).status_code == 404


async def test_a_file_does_not_take_the_name_of_what_people_made(slam: Slam) -> None:
    await slam.draft()
    slam.write("a-1", GOOD)
    await slam.refresh.refresh()
    await slam.refresh.refresh()
    assert await slam.states() == ["draft"]
    (problem,) = (await slam.ask(None, "GET", "/problems")).json()["problems"]
    assert problem["message"] == "an agreement of this name was made through the API; give the file another name"
    slam.folder.joinpath("a-1.yaml").unlink()
    await slam.refresh.refresh()
    assert await slam.states() == ["draft"]


async def test_what_was_known_before_agreements_had_a_life_is_known_after(slam: Slam) -> None:
    """A store of the first release, brought to the newest: nothing is told twice, and what is gone is terminated."""
    before = (
        '{"agreement":"%s","site":"bari","group":"/biomed/users","state":"%s","starts":"2026-01-01T00:00:00Z",'
        '"ends":"2027-01-01T00:00:00Z"%s}'
    )
    rows = [
        {"id": "same", "body": before % ("same", "active", "")},
        {"id": "gone", "body": before % ("gone", "active", ',"limits":{"cpus":3}')},
        {"id": "over", "body": (before % ("over", "terminated", "")).replace("2027-01-01T", "9999-12-31T")},
    ]
    async with slam.database.transaction() as connection:
        await connection.execute(text("DROP TABLE versions, agreements"))
        first = (MIGRATIONS / "versions" / "0001_agreements.py").read_text().split('TABLES = (\n    """')[1]
        await connection.execute(text(first.split('"""')[0]))
        insert = text("INSERT INTO agreements VALUES (:id, '/biomed/users', :body, now())")
        for row in rows:
            await connection.execute(insert, row)
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await slam.upgrade()
    slam.write("same", GOOD.replace("biomed", "/biomed"))
    await slam.refresh.refresh()
    await slam.turning.begin()
    await slam.turning.turn()
    assert [(change.agreement, change.state.value) for change in await slam.told()] == [("gone", "terminated")]
    found = (await slam.ask("mia", "GET", "/agreements")).json()["agreements"]
    assert {one["id"]: (one["status"], one["revision"]) for one in found} == {
        "gone": ("terminated", 2),
        "over": ("terminated", 1),
        "same": ("signed", 1),
    }
