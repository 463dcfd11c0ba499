"""What templates import comes from files of this machine.

IM reads the URLs under `imports:` while it parses a template, and the playbooks that the types name. The first come
from the mapped files and nowhere else. The second are served from them if they are there, and are empty otherwise:
contextualization is skipped (see `dummy.py`), so nobody would run them.
"""

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import requests
import requests_cache  # type: ignore[import-not-found]

_EMPTY_PLAYBOOK = b"---\n- hosts: all\n  tasks: []\n"


class Files:
    """Finds the file that stands for a URL. `mapping` is `prefix=folder or file;…`; the first prefix that fits wins."""

    def __init__(self, mapping: str) -> None:
        pairs = (pair.rpartition("=") for pair in mapping.split(";") if pair)
        self._places = [(prefix, Path(place)) for prefix, _, place in pairs]

    def read(self, url: str) -> bytes | None:
        """The file's content, or `None` when no file stands for this URL."""
        for prefix, place in self._places:
            if not url.startswith(prefix):
                continue
            rest = url[len(prefix) :].lstrip("/")
            file = place / rest if rest else place
            if file.is_file() and (file == place or file.resolve().is_relative_to(place.resolve())):
                return file.read_bytes()
        return None


def install(mapping: str) -> None:
    """From now on tosca-parser's imports and IM's downloads come from the mapped files."""
    files = Files(mapping)

    def open_url(url: object, *_: object, **__: object) -> io.BytesIO:
        name = str(getattr(url, "full_url", url))
        content = files.read(name)
        if content is None:
            raise urllib.error.URLError(f"this Infrastructure Manager has no copy of {name}")
        return io.BytesIO(content)

    setattr(urllib.request, "urlopen", open_url)  # noqa: B010  (plain assignment is a type error)
    for session in (requests.Session, requests_cache.CachedSession):
        setattr(session, "request", _served(files, session.request))  # noqa: B010


def _served(files: Files, stock: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    def request(
        self: requests.Session, method: str, url: str, *arguments: object, **options: object
    ) -> requests.Response:
        content = files.read(url)
        if content is None and url.startswith("https://") and url.endswith((".yml", ".yaml")):
            content = _EMPTY_PLAYBOOK
        if content is None:
            return stock(self, method, url, *arguments, **options)
        answer = requests.Response()
        answer.url, answer.status_code, answer.reason, answer.encoding = url, 200, "OK", "utf-8"
        answer.raw = io.BytesIO(content)
        return answer

    return request
