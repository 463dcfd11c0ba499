"""Slam for a test."""

from pathlib import Path

import pytest

from services.slam.main import MIGRATIONS
from tests.component.slam.world import Slam
from tests.support.postgres import Migrated


@pytest.fixture
async def slam(fresh: Migrated, tmp_path: Path) -> Slam:
    """On a fresh store and an empty folder."""
    folder = tmp_path / "agreements"
    folder.mkdir()
    return Slam(await fresh(MIGRATIONS), folder)
