"""A real Prometheus that scrapes what a test lets it scrape."""

import base64
from pathlib import Path
from urllib.request import Request, urlopen

from embedded.parts import Parts
from embedded.ports import Ports
from embedded.processes import Command
from tests.support.packages import program, unpacked
from tests.support.served import Quiet, Served

CONFIGURATION = """
global: {{scrape_interval: 200ms, scrape_timeout: 150ms}}
scrape_configs:
  - job_name: site
    static_configs: [{{targets: ["{target}"]}}]
"""
USER, PASSWORD = "corale", "pw"
DOOR = """
basic_auth_users: {corale: $2y$04$ly2Mh1JYjZPTIhA51Hk1ge0dnXk6jNYs7kEyLlJiUgDWroNwAA/N6}
"""
"""The user and the bcrypt of the password."""


class Exporter(Served):
    """A site's exporter: `text` is what it exposes, in Prometheus' own format."""

    def __init__(self) -> None:
        self.text = ""
        exporter = self

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802 - the base class calls it so
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(exporter.text.encode())

        super().__init__(Handler)


def prometheus(parts: Parts, folder: Path, target: str) -> str:
    """Starts one that scrapes `target`, and returns its URL. Raises `Missing` if the machine cannot have it."""
    binary = program(unpacked("prometheus"), "usr/bin/prometheus")
    port = Ports(folder / "ports.json", print, usual=False).of("prometheus")
    configuration = folder / "prometheus.yml"
    configuration.write_text(CONFIGURATION.format(target=target))
    (folder / "web.yml").write_text(DOOR)
    url = f"http://127.0.0.1:{port}"
    options = [
        f"--web.config.file={folder / 'web.yml'}",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--log.level=warn",
    ]
    command = Command((str(binary), *options, f"--web.listen-address=127.0.0.1:{port}"))
    return parts.begin("prometheus", command, lambda: _ready(f"{url}/-/ready"), url)


def _ready(url: str) -> bool:
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    try:
        with urlopen(Request(url, headers={"Authorization": f"Basic {login}"}), timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
