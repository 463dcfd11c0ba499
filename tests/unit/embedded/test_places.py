from pathlib import Path

import pytest

from embedded.places import Account, Places, places

STRANGER = Account(uid=64321, gid=64321)


def test_a_folder_that_the_account_can_reach_is_taken_as_it_is(tmp_path: Path) -> None:
    wanted = Path("/nowhere/var/postgres")
    assert Places(tmp_path, tmp_path).open_to(STRANGER, wanted) == wanted
    assert Places(tmp_path, tmp_path).open_to(None, tmp_path / "postgres") == tmp_path / "postgres"


def test_a_closed_folder_is_replaced_by_one_that_only_root_can_make(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = Places(tmp_path, tmp_path).open_to(STRANGER, closed / "postgres")
    assert found.parts[:3] == ("/", "var", "lib")
    assert found == Places(tmp_path, tmp_path).outside(closed / "postgres")


def test_the_environment_names_the_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORALE_VAR", str(tmp_path / "v"))
    monkeypatch.setenv("CORALE_CACHE", str(tmp_path / "c"))
    assert places() == Places(tmp_path / "v", tmp_path / "c")
