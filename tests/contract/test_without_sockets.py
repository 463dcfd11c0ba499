"""Unit and contract tests touch nothing: what tries to open a socket here fails, the event loop does not."""

import asyncio
import socket

import pytest
from pytest_socket import SocketBlockedError


def test_a_socket_is_refused(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("contract")
    with pytest.raises(SocketBlockedError):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


async def test_the_event_loop_runs_without_one() -> None:
    assert await asyncio.wait_for(asyncio.sleep(0, result="awake"), timeout=1) == "awake"
