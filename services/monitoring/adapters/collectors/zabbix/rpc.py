"""Zabbix's JSON-RPC: how it is asked, which two ways there are to say who asks, and what its errors mean."""

from dataclasses import dataclass
from itertools import count

from pydantic import SecretStr

from services.monitoring.adapters.reading.access import Login
from services.monitoring.adapters.reading.answers import Asking, Question, shown
from shared.contracts.topology import Json
from shared.failures import Transient

BEARER_SINCE = (6, 4)
"""From here on the token goes in a header; a little later a member `auth` is refused."""
KNOWN_NO_MORE = ("not authorized", "not authorised", "re-login", "session terminated", 'unexpected parameter "auth"')


class Refused(Transient):
    """Zabbix understands and will not."""


class Expired(Refused):
    """The session is known no more, or Zabbix is a newer one by now: enter again."""


@dataclass(slots=True)
class Door:
    """One Zabbix: its version, and the session (`lent`) or token by which it knows us."""

    version: tuple[int, int]
    ticket: SecretStr | None = None
    lent: bool = False

    @property
    def header(self) -> bool:
        """Whether the ticket goes in a header."""
        return self.version >= BEARER_SINCE


class Rpc:
    """Every method raises `Transient` if there is no answer, and `Refused` with Zabbix's reason if it is a no."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._numbers = count(1)

    async def enter(self, url: str, login: Login | None) -> Door:
        """Find out the version, and log in unless we have an API token."""
        door = Door(version_of(await self.call(url, "apiinfo.version", {}, None)))
        if login is None:
            raise Refused("there are no credentials for this Zabbix")
        if login.token is not None:
            door.ticket = login.token
            return door
        secret = login.password.get_secret_value() if login.password else ""
        session = await self.call(url, "user.login", {"username": login.username or "", "password": secret}, None)
        if not isinstance(session, str) or not session:
            raise Transient("Zabbix gives no session at login")
        door.ticket, door.lent = SecretStr(session), True
        return door

    async def leave(self, url: str, door: Door) -> None:
        """Give a session back; a token stays."""
        if door.lent:
            await self.call(url, "user.logout", [], door)

    async def call(self, url: str, method: str, params: Json, door: Door | None) -> Json:
        """The result of a method. Raises `Expired` if Zabbix knows us no more."""
        body: dict[str, Json] = {"jsonrpc": "2.0", "method": method, "params": params, "id": next(self._numbers)}
        headers = {"Content-Type": "application/json-rpc"}
        if door is not None and door.ticket is not None:
            if door.header:
                headers["Authorization"] = f"Bearer {door.ticket.get_secret_value()}"
            else:
                body["auth"] = door.ticket.get_secret_value()
        answer = await self._asking.ask(Question(url, "POST", headers, body=body))
        said = answer.mapping()
        if answer.ok and "result" in said:
            return said["result"]
        raise _refusal(method, answer.status, answer.mapping("error"))


def version_of(said: Json) -> tuple[int, int]:
    """Major and minor of `apiinfo.version`. Raises `Transient` if it is none."""
    parts = shown(said, 40).split(".")
    if len(parts) < len(BEARER_SINCE) or not (parts[0].isdecimal() and parts[1].isdecimal()):
        raise Transient(f"{shown(said, 40)!r} is no version of Zabbix")
    return int(parts[0]), int(parts[1])


def _refusal(method: str, status: int, error: dict[str, Json]) -> Transient:
    if not error:
        return Transient(f"this is no Zabbix: {method} is answered with status {status} and neither result nor error")
    reason = shown(f"{error.get('message', '')} {error.get('data', '')}")
    kind = Expired if any(words in reason.lower() for words in KNOWN_NO_MORE) else Refused
    return kind(f"Zabbix refuses {method} ({shown(error.get('code'), 20)}): {reason}")
