"""The site is played by httpx's own transport: no socket is opened."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest
from pydantic import ValidationError

from services.monitoring.adapters.collectors import UnknownCollector, discover, open_collectors
from services.monitoring.adapters.collectors.probe import Probe
from services.monitoring.domain.watched import Target
from services.monitoring.ports import Sight
from shared.contracts.vocabulary import ServiceId

SECOND = timedelta(seconds=1)


async def look(answer: Callable[[httpx.Request], httpx.Response], url: str = "http://bari.example.org/") -> Sight:
    probe = Probe(SECOND, transport=httpx.MockTransport(answer))
    sight = await probe.collect(Target(service=ServiceId("compute"), url=url))
    await probe.close()
    assert sight is not None
    return sight


@pytest.mark.parametrize(
    ("status", "alive"), [(200, True), (302, True), (401, True), (404, True), (500, False), (503, False)]
)
async def test_any_answer_below_500_is_a_sign_of_life(status: int, alive: bool) -> None:
    sight = await look(lambda _: httpx.Response(status))
    assert sight.available is alive
    assert sight.latency_ms is not None
    assert str(status) in sight.sentence


async def test_silence_is_no_life_and_has_no_latency() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    assert await look(silent) == Sight(available=False, sentence="No answer within 1 s.")


@pytest.mark.parametrize("problem", [httpx.ConnectError, httpx.RemoteProtocolError, httpx.UnsupportedProtocol])
async def test_what_cannot_be_reached_is_told_as_such(problem: type[httpx.TransportError]) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise problem("", request=request)

    sight = await look(broken)
    assert not sight.available
    assert problem.__name__ in sight.sentence


async def test_an_address_that_is_none_is_told_as_such() -> None:
    assert not (await look(lambda _: httpx.Response(200), "http://[::bad")).available


async def test_the_body_is_not_read() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            raise AssertionError("somebody reads the body")
            yield b""

    assert (await look(lambda _: httpx.Response(200, stream=Endless()))).available


async def test_collectors_are_found_by_being_there() -> None:
    assert "probe" in discover()
    for collector in open_collectors({"probe": {"verify": "false"}}, timeout=SECOND).values():
        await collector.close()


def test_settings_of_no_collector_and_unknown_settings_are_refused() -> None:
    with pytest.raises(UnknownCollector, match=r"there are: .*\bprobe\b"):
        open_collectors({"prove": {}}, timeout=SECOND)
    with pytest.raises(ValidationError, match="verfy"):
        open_collectors({"probe": {"verfy": "no"}}, timeout=SECOND)
