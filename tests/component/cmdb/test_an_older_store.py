"""A store that was written before sites had layers; PostgreSQL is real."""

import shutil
from pathlib import Path

from sqlalchemy import text

from services.cmdb.main import MIGRATIONS
from shared.runtime.migrations import migrate
from tests.component.cmdb.editing import Federation
from tests.component.cmdb.people import People
from tests.support.builders import NOON, a_service, a_site
from tests.support.postgres import Migrated


async def test_what_was_kept_before_is_what_the_folder_said_and_is_not_told_again(
    fresh: Migrated, tmp_path: Path
) -> None:
    first = tmp_path / "migrations"
    (first / "versions").mkdir(parents=True)
    shutil.copy(MIGRATIONS / "versions" / "0001_sites.py", first / "versions")
    database = await fresh(first)
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "bari.yaml").write_text("name: [")
    body = a_site("bari", a_service("compute")).model_dump_json(exclude_defaults=True)
    async with database.transaction() as connection:
        keep = text("INSERT INTO sites (site, body, changed_at) VALUES ('bari', :body, :at)")
        await connection.execute(keep, {"body": body, "at": NOON})
    await migrate(database, MIGRATIONS)
    federation = Federation(database, folder)
    await federation.refresh.refresh()
    assert await federation.told() == [], "its file cannot be read, so it stays"
    async with federation.client() as client:
        seen = (await client.get("/sites/bari", headers=People.ada)).json()
        assert [service["id"] for service in seen["services"]] == ["compute"]
    (folder / "bari.yaml").unlink()
    await federation.refresh.refresh()
    assert [type(message).__name__ for message in await federation.told()] == ["SiteWithdrawn"]
