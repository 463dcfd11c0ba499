from pathlib import Path

import pytest

from services.cmdb.main import MIGRATIONS
from tests.component.cmdb.editing import Federation
from tests.support.postgres import Migrated


@pytest.fixture
async def federation(fresh: Migrated, tmp_path: Path) -> Federation:
    folder = tmp_path / "sites"
    folder.mkdir()
    return Federation(await fresh(MIGRATIONS), folder)
