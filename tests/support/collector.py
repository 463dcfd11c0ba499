"""A collector of traces: takes what is exported to it (OTLP over HTTP) and keeps the bytes."""

import gzip

from tests.support.served import Quiet, Served


class Collector(Served):
    """`taken` is what came, unpacked, one piece a request."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        collector = self

        class Handler(Quiet):
            def do_POST(self) -> None:  # noqa: N802 - the base class calls it so
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                collector.taken.append(gzip.decompress(body) if packed else body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Handler)

    @property
    def endpoint(self) -> str:
        """Where to export to."""
        return f"http://{self.address}/v1/traces"
