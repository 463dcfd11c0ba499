"""Nobody is sent where he should not be, however the address is spelt."""

import ipaddress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.adapters.egress import GuardedTransport
from services.gateway.domain.egress import Address, Allowed, NotAllowed, check, literal_of, place_of

ANY = Allowed()
PUBLIC = ipaddress.ip_address("93.184.216.34")
HOSTILE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1./",
    "http://10.0.0.1/",
    "http://172.16.3.4/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xA9FEA9FE/",
    "http://2852039166/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00:ec2::254]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "http://127\u30020\u30020\u30021/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://localhost/",
    "http://intranet/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://user@example.org/",
    "http://user:word@example.org/",
    "http://example.org:22/",
    "http://example.org:99999/",
    "http://exa mple.org/",
    "http:///path",
    "http://-bad-.example.org/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "ftp://example.org/",
    "javascript:alert(1)",
    "//example.org/",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(NotAllowed):
        place_of(url, ANY)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.org/x?y=1", "http://93.184.216.34/", "https://EXAMPLE.org:443/"]
)
def test_a_public_address_is_allowed_where_no_list_says_otherwise(url: str) -> None:
    assert place_of(url, ANY).host == place_of(url, ANY).host.lower()


def test_with_a_list_only_its_hosts_and_suffixes_are_allowed() -> None:
    some = Allowed(hosts=("hooks.example.org", ".infn.it"))

    assert place_of("https://hooks.example.org/", some)
    assert place_of("https://a.b.infn.it/", some)
    for other in ("https://example.org/", "https://evilinfn.it/", "https://infn.it.evil.org/", "http://93.184.216.34/"):
        with pytest.raises(NotAllowed, match="operator allows"):
            place_of(other, some)


def test_a_network_that_the_operator_names_may_be_reached_and_no_other() -> None:
    inside = Allowed(private=(ipaddress.ip_network("10.1.0.0/16"),))

    assert place_of("http://10.1.2.3/", inside)
    with pytest.raises(NotAllowed):
        place_of("http://10.2.2.3/", inside)


@given(st.integers(0, 2**32 - 1))
def test_every_spelling_of_an_address_is_the_same_address(value: int) -> None:
    plain = ipaddress.IPv4Address(value)
    a, b, c, d = plain.packed
    spellings = [str(value), hex(value), f"0{value:o}", f"{a:#x}.{b}.{c}.{d}", f"{a}.{(b << 16) + (c << 8) + d}"]

    assert {literal_of(spelling) for spelling in spellings} == {plain}


class Wire(httpx.AsyncBaseTransport):
    """Answers everything, and remembers where it was sent."""

    def __init__(self) -> None:
        """Nothing was sent."""
        self.sent: list[tuple[str, str, object]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Yes to all."""
        self.sent.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
        return httpx.Response(302, headers={"location": "http://127.0.0.1/"})


def resolver(*answers: list[str]) -> tuple[list[str], "GuardedTransport", Wire]:
    """A transport whose resolver gives these answers in turn; what it was asked, and its wire."""
    asked: list[str] = []
    waiting = [[ipaddress.ip_address(one) for one in answer] for answer in answers]
    wire = Wire()

    async def resolve(host: str, _: int) -> list[Address]:
        asked.append(host)
        return waiting.pop(0)

    return asked, GuardedTransport(ANY, resolve=resolve, inner=wire), wire


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    asked, transport, wire = resolver([str(PUBLIC)], ["127.0.0.1"])

    async with httpx.AsyncClient(transport=transport) as client:
        await client.post("https://hooks.example.org/x")

    assert asked == ["hooks.example.org"]
    assert wire.sent == [(str(PUBLIC), "hooks.example.org", "hooks.example.org")]


@pytest.mark.parametrize("answer", [["127.0.0.1"], [str(PUBLIC), "10.0.0.1"], ["::ffff:169.254.169.254"], []])
async def test_a_name_with_any_address_that_is_not_public_is_refused(answer: list[str]) -> None:
    _, transport, wire = resolver(answer)

    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(NotAllowed):
            await client.post("https://rebinding.example.org/")

    assert wire.sent == []


async def test_a_name_that_changes_its_mind_is_checked_at_every_request() -> None:
    _, transport, wire = resolver([str(PUBLIC)], ["127.0.0.1"])

    async with httpx.AsyncClient(transport=transport) as client:
        await client.post("https://rebinding.example.org/")
        with pytest.raises(NotAllowed):
            await client.post("https://rebinding.example.org/")

    assert len(wire.sent) == 1


async def test_a_redirect_into_the_house_is_not_followed() -> None:
    _, transport, wire = resolver([str(PUBLIC)])

    async with httpx.AsyncClient(transport=transport, follow_redirects=True) as client:
        with pytest.raises(NotAllowed):
            await client.post("https://hooks.example.org/")

    assert len(wire.sent) == 1


@given(st.ip_addresses(v=4))
def test_no_address_that_is_not_global_passes(address: ipaddress.IPv4Address) -> None:
    if address.is_global and not address.is_multicast and not address.is_reserved:
        check(address, ANY)
    else:
        with pytest.raises(NotAllowed):
            check(address, ANY)
