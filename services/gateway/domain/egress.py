"""Where the gateway may be sent by what users write: names and addresses, as they are written and as they resolve.

The rules are those of OWASP ASVS 5.0, 1.3.6: a list of what is allowed, and whatever is not public is refused in
every spelling that a resolver understands.
"""

import ipaddress
import re
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
SCHEMES = {"https": 443, "http": 80}
LONGEST_NAME = 253
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)\Z")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
LEAST_LABELS = 2
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48")
SIX_TO_FOUR, TEREDO = ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32")
COMPATIBLE = ipaddress.IPv6Network("::/96")


class NotAllowed(Exception):
    """The gateway does not go there; the text says why, in the user's own spelling."""


class Allowed(NamedTuple):
    """What operators allow. A host is a name, or a suffix that begins with a dot; none at all is any public host.

    `private` are networks that are not public and may be reached all the same, such as a site's own.
    """

    hosts: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset(SCHEMES.values())
    private: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()


class Place(NamedTuple):
    """Where a URL leads: `host` is lower case and ASCII, or an address as it is written."""

    scheme: str
    host: str
    port: int


def place_of(url: str, allowed: Allowed) -> Place:
    """Where the URL leads, if anybody may be sent there. Nothing is resolved. Raises `NotAllowed`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise NotAllowed(f"{url!r} is not an address that can be read.") from problem
    if parts.scheme not in SCHEMES:
        raise NotAllowed(f"{url!r} must begin with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("An address with a user name or a password in it is not allowed.")
    host = _ascii(parts.hostname or "")
    place = Place(parts.scheme, host, SCHEMES[parts.scheme] if port is None else port)
    if place.port not in allowed.ports:
        raise NotAllowed(f"Port {place.port} is not allowed; allowed: {', '.join(map(str, sorted(allowed.ports)))}.")
    if (literal := literal_of(host)) is not None:
        check(literal, allowed)
        if allowed.hosts and host not in allowed.hosts:
            raise NotAllowed(f"The host {host!r} is not among those that the operator allows.")
        return place
    labels = host.rstrip(".").split(".")
    well_formed = all(LABEL.match(label) for label in labels) and not labels[-1].isdigit()
    if len(labels) < LEAST_LABELS or len(host) > LONGEST_NAME or not well_formed:
        raise NotAllowed(f"{host!r} is not the full name of a host.")
    if allowed.hosts and not any(_matches(host.rstrip("."), one) for one in allowed.hosts):
        raise NotAllowed(f"The host {host!r} is not among those that the operator allows.")
    return place


def check(address: Address, allowed: Allowed) -> None:
    """Raises `NotAllowed` for an address that is not public, in itself or in the IPv4 address that it carries."""
    for one in (address, *_carried(address)):
        if any(one.version == network.version and one in network for network in allowed.private):
            continue
        if not one.is_global or one.is_multicast or one.is_reserved or one.is_unspecified:
            raise NotAllowed(f"The address {address} is not public.")


def literal_of(host: str) -> Address | None:
    """The address that a host is, in any spelling that the C library takes for one: decimal, octal, hex, short."""
    bare = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        pass
    parts = host.rstrip(".").split(".")
    if len(parts) > 4 or not all(NUMBER.match(part) for part in parts):  # noqa: PLR2004 - an IPv4 address has four
        return None
    values = [_number(part) for part in parts]
    *leading, last = values
    total = sum(value << (24 - 8 * place) for place, value in enumerate(leading)) + last
    too_large = any(value > 255 for value in leading) or last >= 256 ** (5 - len(values))  # noqa: PLR2004 - bytes
    if too_large:
        raise NotAllowed(f"{host!r} is not the name of a host.")
    return ipaddress.IPv4Address(total)


def _ascii(host: str) -> str:
    """The name as DNS knows it: full-width digits and dots are the same as plain ones to a resolver."""
    try:
        return host if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError as problem:
        raise NotAllowed(f"{host!r} is not the name of a host.") from problem


def _matches(host: str, one: str) -> bool:
    return host.endswith(one) if one.startswith(".") else host == one


def _number(part: str) -> int:
    if part[:2] in {"0x", "0X"}:
        return int(part[2:] or "0", 16)
    if part.startswith("0") and len(part) > 1:
        if not set(part) <= set("01234567"):
            raise NotAllowed(f"{part!r} is not a number of an address.")
        return int(part, 8)
    return int(part)


def _carried(address: Address) -> tuple[Address, ...]:
    """The IPv4 addresses inside an IPv6 address: mapped, compatible, translated, 6to4, Teredo."""
    if not isinstance(address, ipaddress.IPv6Address):
        return ()
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in SIX_TO_FOUR and address.sixtofour is not None:
        return (address.sixtofour,)
    if address in TEREDO and address.teredo is not None:
        return address.teredo
    if address in COMPATIBLE or any(address in network for network in TRANSLATED):
        return (low,)
    return ()
