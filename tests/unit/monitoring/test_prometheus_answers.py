"""What other people's APIs may answer with, and who we are to them. No socket: the transport is a fake."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from services.monitoring.adapters.collectors import entries, open_collectors
from services.monitoring.adapters.folder import FederationFolder
from services.monitoring.adapters.reading.access import Access, BadCredentials, Login, read_access
from services.monitoring.adapters.reading.answers import MOST_BYTES, Asking, Question
from shared.contracts.topology import Json
from shared.contracts.vocabulary import SiteId
from shared.failures import Transient

HERE = "https://site.example.org/api"
MEGABYTE = b" " * 1024**2
SITE = """
services:
  - id: nova
    endpoint: https://cloud.example.org:5000/v3
    monitoring:
      prometheus:
        url: https://prometheus.example.org
        queries: {available: 'up{job="nova"}', cpus_used: sum(x), "pod.network[rxErrors]": y}
        time: min(timestamp(x))
      zabbix: {url: https://zabbix.example.org, items: {available: icmpping}}
      usage: {kind: openstack, projects: [corale]}
"""


async def ask(answer: Callable[[httpx.Request], httpx.Response]) -> object:
    asking = Asking(timedelta(seconds=1), transport=httpx.MockTransport(answer))
    try:
        return (await asking.ask(Question(HERE))).body
    finally:
        await asking.close()


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        (httpx.Response(200, html="<html>Sign in</html>"), r"no JSON \(text/html, status 200\)"),
        (httpx.Response(502, html="<html>Bad gateway</html>"), r"no JSON \(text/html, status 502\)"),
        (httpx.Response(503, json={}), "out of order: status 503"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example.org"}), "redirect, which is not followed"),
        (httpx.Response(200, content=b""), "no JSON"),
        (httpx.Response(200, content=b"\xff\xfe{"), "no JSON"),
        (httpx.Response(200, content=b"[" * 100_000), "no JSON"),
        (httpx.Response(200, content=b"9" * 5_000), "no JSON"),
        (httpx.Response(200, content=b"{}", headers={"Content-Encoding": "br"}), "compresses"),
    ],
)
async def test_what_is_no_answer_is_a_sentence(response: httpx.Response, sentence: str) -> None:
    with pytest.raises(Transient, match=sentence):
        await ask(lambda _: response)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (httpx.ConnectError, "cannot be reached: ConnectError"),
        (httpx.ReadTimeout, "in time"),
        (httpx.RemoteProtocolError, "cannot be reached: RemoteProtocolError"),
    ],
)
async def test_what_cannot_be_reached_is_a_sentence(problem: type[httpx.TransportError], sentence: str) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise problem("", request=request)

    with pytest.raises(Transient, match=sentence):
        await ask(broken)


async def test_an_endless_answer_is_cut() -> None:
    sent = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += len(MEGABYTE)
                yield MEGABYTE

    with pytest.raises(Transient, match="more than 10 MB"):
        await ask(lambda _: httpx.Response(200, stream=Endless()))
    assert sent <= MOST_BYTES + len(MEGABYTE)


async def test_a_refusal_in_json_is_an_answer() -> None:
    assert await ask(lambda _: httpx.Response(403, json={"message": "no"})) == {"message": "no"}


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://a.example.org/api/v1", "a"),
        ("https://a.example.org:443/api", "a"),
        ("https://a.example.org/api/v2/x", "a2"),
        ("https://a.example.org/apiary", None),
        ("http://a.example.org/api", None),
        ("https://a.example.org.evil.example/api", None),
        ("https://a.example.org:8443/api", None),
    ],
)
def test_a_credential_is_for_addresses_below_its_own_only(url: str, known: str | None) -> None:
    logins = {"https://a.example.org/api": Login(username="a"), "https://a.example.org/api/v2": Login(username="a2")}
    login = Access(credentials=logins).to(url)
    assert (login.username if login else None) == known


def test_credentials_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text("credentials:\n  https://a.example.org: {token: t0k}\n")
    login = read_access(file).to("https://a.example.org/x")
    assert login is not None
    assert login.token is not None
    assert login.token.get_secret_value() == "t0k"
    assert "t0k" not in repr(login)
    assert read_access(None) == Access()


@pytest.mark.parametrize(
    "text",
    [
        "credentials: {x: {tokn: s3cret}}",
        "credentials: [s3cret",
        "- s3cret",
        "credentials: !!python/object:x {a: s3cret}",
    ],
)
def test_a_file_that_cannot_be_used_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text(text)
    with pytest.raises(BadCredentials) as refusal:
        read_access(file)
    assert "s3cret" not in str(refusal.value)


async def test_all_three_are_found_with_their_settings_and_entries(tmp_path: Path) -> None:
    file = tmp_path / "credentials.yaml"
    file.write_text("credentials: {}\n")
    names = ("prometheus", "zabbix", "usage")
    settings = {name: {"credentials": str(file), "verify": "false"} for name in names}
    opened = open_collectors(settings, timeout=timedelta(seconds=1))
    assert set(names) <= set(opened)
    assert set(names) <= set(entries())
    for collector in opened.values():
        await collector.close()


@pytest.mark.parametrize("url", ["ftp://a.example.org", "https://ann:pw@a.example.org", "https://${HOST}/", "a b"])
@pytest.mark.parametrize("name", ["prometheus", "zabbix", "usage"])
def test_a_site_file_names_plain_addresses(name: str, url: str) -> None:
    rest: dict[str, dict[str, Json]] = {"prometheus": {"queries": {"available": "up"}}, "usage": {"kind": "openstack"}}
    entry = entries()[name]
    entry.model_validate({"url": "https://a.example.org/x", **rest.get(name, {})})
    with pytest.raises(ValidationError, match="url"):
        entry.model_validate({"url": url, **rest.get(name, {})})


async def test_what_a_site_file_says_arrives_as_it_can_be_understood(tmp_path: Path) -> None:
    (tmp_path / "bari.yaml").write_text(SITE)
    seen = await FederationFolder(tmp_path, entries()).read()
    assert not seen.problems
    bari = seen.sites[SiteId("bari")]
    assert bari is not None
    said = bari.targets[0].entries
    assert sorted(said) == ["prometheus", "usage", "zabbix"]
    for name, entry in said.items():
        assert entries()[name].model_validate(entry).model_dump(mode="json", exclude_unset=True) == entry
