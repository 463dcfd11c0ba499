"""A lean HTTP/1.1 client for one kind of request: whoever asks must not take the CPU of whoever is measured."""

import asyncio
from http import HTTPStatus

import httptools

_CHUNK = 65536


class Unexpected(Exception):
    """The gateway did not accept what is right."""


class Line:
    """One connection, kept alive, one request at a time."""

    def __init__(self, host: str, port: int, head: bytes) -> None:
        """`head` is the request line and all headers, but for the empty line that ends them."""
        self._host, self._port = host, port
        self._head = head
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> bytes:
        """The body of a 201. Raises `Unexpected` for any other answer."""
        reused = self._streams is not None
        answer = await self._exchange(body)
        if answer is None and reused:  # the gateway hangs up on a line that is quiet for long
            answer = await self._exchange(body)
        if answer is None:
            raise Unexpected("the gateway hung up")
        if answer.parser.get_status_code() != HTTPStatus.CREATED:
            raise Unexpected(f"{answer.parser.get_status_code()}: {bytes(answer.body[:500])!r}")
        return bytes(answer.body)

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, body: bytes) -> "_Answer | None":
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(b"%b\r\nContent-Length: %d\r\n\r\n%b" % (self._head, len(body), body))
        answer = _Answer()
        while not answer.complete:
            try:
                chunk = await reader.read(_CHUNK)
            except ConnectionError:
                chunk = b""
            if not chunk:
                self.close()
                return None
            answer.parser.feed_data(chunk)
        return answer


class _Answer:
    """What the parser calls back."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.complete = False
        self.parser = httptools.HttpResponseParser(self)

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.complete = True
