"""Groups as entitlements: `<NAMESPACE>:group:<GROUP>[:<SUBGROUP>]*[:role=<ROLE>][#<AUTHORITY>]`, a URN.

Source: AARC-G069 (DOI 10.5281/zenodo.6533400) and RFC 8141. `urn` and the namespace identifier after it are read in any
case, everything else to the letter.
"""

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

MARK = ":group:"
ROLE = "role="
MOST = 1024
NAMESPACE = re.compile(
    r"(?P<nid>urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9])(?P<rest>(:[A-Za-z0-9\-._~!$&'()*+,;=@%]+)*)",
    re.ASCII | re.IGNORECASE,
)
WORD = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})+", re.ASCII)


class NotAGroup(ValueError):
    """The text is no entitlement that speaks of a group."""


class Entitlement(NamedTuple):
    """A group, from the outermost in, within a namespace; the role in the innermost; who says so."""

    namespace: str
    path: tuple[str, ...]
    role: str | None = None
    authority: str | None = None

    @property
    def group(self) -> str:
        """The group's whole name, such as `vo.example.eu/projects/a`. No part of it has a slash of its own."""
        return "/".join(self.path)


def parse(text: str) -> Entitlement:
    """The entitlement. Raises `NotAGroup`: what is ambiguous is refused, never guessed."""
    named, sharp, authority = text.partition("#")
    namespace, mark, rest = named.partition(MARK)
    if len(text) > MOST or not mark:
        raise NotAGroup("not an entitlement of a group")
    *path, last = rest.split(":")
    role = None
    if last.startswith(ROLE):
        role = _word(last.removeprefix(ROLE))
    else:
        path.append(last)
    if not path or any(part.startswith(ROLE) for part in path):
        raise NotAGroup("a role must be the last word, after a group")
    return Entitlement(
        namespace=_namespace(namespace),
        path=tuple(_word(part) for part in path),
        role=role,
        authority=_word(authority) if sharp else None,
    )


def render(entitlement: Entitlement) -> str:
    """The text that `parse` reads as this entitlement."""
    words = [quote(part, safe="") for part in entitlement.path]
    if entitlement.role is not None:
        words.append(ROLE + quote(entitlement.role, safe=""))
    authority = "" if entitlement.authority is None else "#" + quote(entitlement.authority, safe="")
    return f"{entitlement.namespace}{MARK}{':'.join(words)}{authority}"


def namespace_of(text: str) -> str:
    """A namespace with or without an authority (`urn:…[#authority]`), in the form that comparison wants."""
    namespace, sharp, authority = text.partition("#")
    return _namespace(namespace) + (f"#{_word(authority)}" if sharp else "")


def may_assert(entitlement: Entitlement, namespaces: frozenset[str]) -> bool:
    """Whether an issuer that may speak in these namespaces may say this. One with an authority is for it alone."""
    said_by = f"{entitlement.namespace}#{entitlement.authority}"
    return entitlement.namespace in namespaces or (entitlement.authority is not None and said_by in namespaces)


def _namespace(text: str) -> str:
    found = NAMESPACE.fullmatch(text)
    if found is None or MARK in f"{text}:":
        raise NotAGroup(f"{text[:80]!r} is no URN namespace")
    return found["nid"].lower() + found["rest"]


def _word(text: str) -> str:
    if WORD.fullmatch(text) is None:
        raise NotAGroup("a word of the entitlement has characters that no URN has")
    try:
        word = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise NotAGroup("a word of the entitlement is no text") from None
    if "/" in word or not word.isprintable() or word in (".", ".."):
        raise NotAGroup("a word of the entitlement could be read as several")
    return word
