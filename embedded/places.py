"""Where things are: one folder for state, one for what was downloaded."""

import hashlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The project's own folder."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine that a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Places:
    """`var` holds all state and may be removed when nothing runs; `cache` holds downloads and outlives it."""

    var: Path
    cache: Path

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.var / "log"

    @property
    def records(self) -> Path:
        """One file per running process: what to stop if we are killed ourselves."""
        return self.var / "run"

    @property
    def federation(self) -> Path:
        """The federation folder that slam, cmdb and monitoring read, with this run's addresses in it."""
        return self.var / "federation"

    @property
    def addresses(self) -> Path:
        """The file that says where everything is."""
        return self.var / "embedded.json"

    def make(self) -> None:
        """Make the folders; `var` is for its owner alone, except that other accounts may pass through it."""
        self.var.mkdir(parents=True, exist_ok=True)
        self.var.chmod(0o711)
        self.logs.mkdir(exist_ok=True)
        self.records.mkdir(exist_ok=True)

    def remove(self) -> None:
        """Remove all state, also what had to be outside. Nothing may run on it."""
        for folder in (self.outside(self.var / "postgres").parent, self.var):
            shutil.rmtree(folder, ignore_errors=True)

    def open_to(self, account: Account | None, wanted: Path) -> Path:
        """`wanted`, or a folder outside if `account` cannot reach `wanted`.

        Root's home is often closed to everybody, and PostgreSQL refuses to run as root.
        """
        if account is None or _reachable(wanted.parent, account):
            return wanted
        return self.outside(wanted)

    def outside(self, wanted: Path) -> Path:
        """Where `wanted` is when it must be reachable by another account. Only root can write there."""
        mark = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        return Path("/var/lib") / f"corale-{mark}" / wanted.name


def places() -> Places:
    """The folders of this project, or those that `CORALE_VAR` and `CORALE_CACHE` name."""
    var = os.environ.get("CORALE_VAR")
    cache = os.environ.get("CORALE_CACHE")
    return Places(
        var=Path(var).resolve() if var else ROOT / "var",
        cache=Path(cache).resolve() if cache else Path.home() / ".cache" / "corale",
    )


def plain_account() -> Account | None:
    """Whom to run as what refuses to run as root; `None` when we are not root ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LookupError("this machine has neither a user 'postgres' nor 'nobody' to run PostgreSQL as")


def _reachable(folder: Path, account: Account) -> bool:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return all(_may_enter(place, account) for place in (existing, *existing.parents))


def _may_enter(folder: Path, account: Account) -> bool:
    state = folder.stat()
    if state.st_uid == account.uid:
        return bool(state.st_mode & 0o100)
    if state.st_gid == account.gid:
        return bool(state.st_mode & 0o010)
    return bool(state.st_mode & 0o001)
