"""Somebody at a browser: follows redirects, fills in forms, keeps cookies, and stops where the client takes over."""

import html
import re
from urllib.parse import urljoin

import httpx

FORM = re.compile(r"<form(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL)
TAG = re.compile(r"<(?:input|button)[^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
MOST_PAGES = 15
DECLINES = {"cancel", "abort"}


class Lost(Exception):
    """The pages lead nowhere; the text is the last one's."""


class Browser:
    """Cookies are kept by hand: a provider may call them secure and still be asked without TLS, in tests."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._cookies: dict[str, str] = {}

    def visit(self, url: str, until: str | None = None) -> str:
        """Go on until redirected to an address that begins so, or until no form is left; returns where that is."""
        page = self._ask("GET", url)
        for _ in range(MOST_PAGES):
            if page.is_redirect:
                url = urljoin(str(page.url), page.headers["location"])
                if until is not None and url.startswith(until):
                    return url
                page = self._ask("GET", url)
            elif (form := FORM.search(page.text)) is not None:
                action = dict(ATTRIBUTE.findall(form["head"])).get("action", str(page.url))
                page = self._ask("POST", urljoin(str(page.url), html.unescape(action)), self._filled(form["body"]))
            elif until is None and page.is_success:
                return str(page.url)
            else:
                break
        raise Lost(f"{page.status_code} {page.url} {page.text[:1000]}")

    def _filled(self, body: str) -> dict[str, str]:
        fields = {}
        for tag in TAG.findall(body):
            attributes = dict(ATTRIBUTE.findall(tag))
            name = attributes.get("name")
            if name and name not in DECLINES:
                fields[name] = html.unescape(attributes.get("value", ""))
        return fields | {name: self._user for name in ("username", "password") if name in fields}

    def _ask(self, method: str, url: str, form: dict[str, str] | None = None) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"cookie": cookies} if cookies else {}
        answer = httpx.request(method, url, data=form, headers=headers, timeout=30, trust_env=False)
        for header in answer.headers.get_list("set-cookie"):
            name, _, value = header.split(";")[0].partition("=")
            self._cookies[name] = value
        return answer
