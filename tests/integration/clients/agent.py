"""An agent that has a token for whoever asks, behind a UNIX socket, as oidc-agent does."""

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Agent:
    """What it says, and what it was asked. Without a token it fails, with a sentence."""

    token: str
    issuer: str
    socket: str = ""
    asked: list[dict[str, object]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question, one answer, then it hangs up."""
        self.asked.append(json.loads(await reader.read(4096)))
        told: dict[str, object] = {"status": "failure", "error": "No account configured with that short name"}
        if self.token:
            told = {"status": "success", "access_token": self.token, "issuer": self.issuer}
            told["expires_at"] = int(time.time()) + 3600
        writer.write(json.dumps(told).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def an_agent(token: str, issuer: str) -> AsyncIterator[Agent]:
    """A running agent; its socket lies where the path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="agent") as folder:
        agent = Agent(token, issuer, str(Path(folder) / "socket"))
        server = await asyncio.start_unix_server(agent.answer, agent.socket)
        async with server:
            yield agent
