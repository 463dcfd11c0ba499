"""Nothing in this process reaches beyond loopback, whatever a template asks IM to fetch or to log in to."""

import socket
from collections.abc import Callable


def install() -> None:
    """From now on connections and look-ups of other hosts fail at once."""
    connect = socket.socket.connect
    look_up = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(_host(address)):
            raise OSError(101, f"refused: {address} is not on loopback")
        connect(self, address)  # type: ignore[arg-type]

    def guarded_look_up(host: object, *arguments: object, **options: object) -> object:
        if not _is_loopback(host):
            raise socket.gaierror(-2, f"refused: {host!r} is not on loopback")
        ask: Callable[..., object] = look_up
        return ask(host, *arguments, **options)

    setattr(socket.socket, "connect", guarded_connect)  # noqa: B010  (plain assignment to a method is a type error)
    setattr(socket, "getaddrinfo", guarded_look_up)  # noqa: B010


def _host(address: object) -> object:
    return address[0] if isinstance(address, tuple) else address


def _is_loopback(host: object) -> bool:
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    return name in (None, "", "localhost", "::1") or str(name).startswith("127.")
