"""CPU time of whole families of processes, so that a database's servants count as the database."""

from collections.abc import Mapping

import psutil


class Meter:
    """Measures between two moments what each named process and its descendants used."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        """`roots` are process ids by name. The interval begins now."""
        self._roots = dict(roots)
        self._before = {name: spent(pid) for name, pid in self._roots.items()}

    def per_piece(self, pieces: int) -> dict[str, float]:
        """Milliseconds of CPU per piece of work since the interval began, by name."""
        return {name: (spent(pid) - self._before[name]) * 1000 / pieces for name, pid in self._roots.items()}


def spent(pid: int) -> float:
    """Seconds of CPU of a process, of all its living descendants, and of those it has buried.

    Linux adds a child's time to its parent's when the parent asks how it ended.
    """
    root = psutil.Process(pid)
    total = 0.0
    for member in (root, *root.children(recursive=True)):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def listening(port: int) -> int | None:
    """The process that listens on this port; where several share the socket, the eldest."""
    listeners = (known for known in psutil.net_connections("tcp") if known.status == psutil.CONN_LISTEN)
    found = (known.pid for known in listeners if known.laddr and known.laddr.port == port)
    return min((pid for pid in found if pid is not None), default=None)
