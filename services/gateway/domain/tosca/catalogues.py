"""The catalogues an operator allows, by import URL: compiled once, frozen, shared by all requests."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import urljoin

from services.gateway.domain.tosca.definitions import entries, listed
from services.gateway.domain.tosca.document import Document
from services.gateway.domain.tosca.inheritance import compile_types
from services.gateway.domain.tosca.problems import Full, Problem, Report, TemplateRefused
from services.gateway.domain.tosca.reader import CATALOGUE, read
from services.gateway.domain.tosca.scope import Scope
from services.gateway.domain.tosca.types import CATEGORIES
from shared.contracts.topology import Json

ANY = "*"
ONE_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
LONGEST_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The types behind one import URL. `digest` is the hash of all text it was compiled from."""

    url: str
    scope: Scope
    digest: str
    defects: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogues:
    """Everything templates may import: catalogues by URL, and parents that fragments are merged with by name.

    A `*` in a URL stands for any one name in its place: a branch, a tag.
    """

    normative: Catalogue
    imported: Mapping[str, Catalogue]
    parents: Mapping[str, Document]

    def find(self, url: str) -> Catalogue | None:
        """The catalogue behind an address: that of exactly this one, else of the longest pattern that it fits."""
        found = self.imported.get(url)
        if found is None and len(url) <= LONGEST_ADDRESS:
            patterns = sorted((known for known in self.imported if ANY in known), key=len, reverse=True)
            found = next((self.imported[pattern] for pattern in patterns if _fits(url, pattern)), None)
        return found

    def with_companions(self, texts: Mapping[str, str]) -> "Catalogues":
        """The same with more importable files, named as imports name them (a template's own folder, say)."""
        more = _Loader(self.normative, texts, dict(self.imported))
        return Catalogues(self.normative, MappingProxyType(more.load_all()), self.parents)

    def with_parents(self, texts: Mapping[str, str]) -> "Catalogues":
        """The same with templates, by file name, that fragments may name as their parents."""
        more = {name: read(text, CATALOGUE) for name, text in texts.items()}
        return Catalogues(self.normative, self.imported, MappingProxyType({**self.parents, **more}))


def compile_catalogues(
    normative: tuple[str, ...],
    texts: Mapping[str, str],
    parents: Mapping[str, str] = MappingProxyType({}),
) -> Catalogues:
    """From texts of type files: the normative ones (later ones refine earlier ones) and those importable, by URL.

    A file that is no YAML raises TemplateRefused; smaller faults are kept as the catalogue's `defects`.
    """
    root: dict[str, dict[str, Json]] = {category: {} for category in CATEGORIES}
    for text in normative:
        document = read(text, CATALOGUE)
        for category in CATEGORIES:
            root[category] |= document.root.get(category) or {}
    report = Report(Document(root))
    scope = Scope(compile_types(root, Scope({}), report))
    base = Catalogue("", scope, _digest(*normative), tuple(report.problems))
    imported = _Loader(base, texts, {}).load_all()
    merged_with = {name: read(text, CATALOGUE) for name, text in parents.items()}
    return Catalogues(base, MappingProxyType(imported), MappingProxyType(merged_with))


def import_name(raw: Json) -> tuple[str | None, str | None]:
    """What an entry of `imports` names, and the prefix it is given. The repository form is handled by its reader.

    Forms: a text; `{file: x}`, `{url: x}`, `{template_file: x}` with an optional `namespace_prefix`; any of these under
    a name of the author's.
    """
    if isinstance(raw, str):
        return raw, None
    if not isinstance(raw, dict):
        return None, None
    for key in ("file", "url", "template_file"):
        if isinstance(raw.get(key), str):
            prefix = raw.get("namespace_prefix")
            return raw[key], prefix if isinstance(prefix, str) else None
    if len(raw) == 1:
        return import_name(next(iter(raw.values())))
    return None, None


class _Loader:
    """Compiles importable texts. Files that import each other are seen as one, so circles of imports do no harm."""

    def __init__(self, normative: Catalogue, texts: Mapping[str, str], done: dict[str, Catalogue]) -> None:
        self._normative = normative
        self._texts = texts
        self._done = done
        self._documents: dict[str, Document] = {}
        self._compiling: set[str] = set()
        self._alone: dict[str, Catalogue] = {}

    def load_all(self) -> dict[str, Catalogue]:
        for url in self._texts:
            self._load(url)
        return self._done

    def _load(self, url: str) -> Catalogue | None:
        if url in self._texts and url not in self._done and url not in self._compiling:
            self._compiling.add(url)
            self._done[url] = self._compile(url)
        return self._done.get(url)

    def _compile(self, url: str) -> Catalogue:
        report = Report(self._document(url))
        joined: dict[str, dict[str, Json]] = {category: {} for category in CATEGORIES}
        outer: list[tuple[str | None, Scope]] = []
        try:
            family = self._family(url, report, outer)
            alone = len(family) == 1 and not outer
            if alone and self._texts[url] in self._alone:  # one file often has many addresses
                return replace(self._alone[self._texts[url]], url=url)
            for member in reversed(family):
                root = self._document(member).root
                for category in CATEGORIES:
                    joined[category] |= entries(root.get(category), (category,), report)
            outer.append((None, self._normative.scope))
            scope = Scope(compile_types(joined, Scope({}, tuple(outer)), report), tuple(outer))
        except Full:
            raise TemplateRefused(tuple(report.problems)) from None
        digest = _digest(*(self._texts[member] for member in family))
        found = Catalogue(url, scope, digest, tuple(report.problems))
        if alone:
            self._alone[self._texts[url]] = found
        return found

    def _family(self, url: str, report: Report, outer: list[tuple[str | None, Scope]]) -> list[str]:
        """The file and all it imports without a prefix, nearest first; prefixed ones become layers of their own."""
        family = [url]
        for member in family:
            root = entries(self._document(member).root, (), report)
            for raw in listed(root.get("imports"), ("imports",), report):
                name, prefix = import_name(raw)
                target = next((known for known in (urljoin(member, name or ""), name) if known in self._texts), None)
                if target is None or target in family:
                    continue
                if prefix is None:
                    family.append(target)
                elif (found := self._load(target)) is not None:
                    outer.append((prefix, found.scope))
        return family

    def _document(self, url: str) -> Document:
        if url not in self._documents:
            text = self._texts[url]
            same = next((known for known in self._documents if self._texts[known] == text), None)
            document = read(text, CATALOGUE) if same is None else self._documents[same]
            self._documents[url] = document if isinstance(document.root, dict) else Document({})
        return self._documents[url]


def _fits(url: str, pattern: str) -> bool:
    return re.fullmatch(ONE_NAME.join(map(re.escape, pattern.split(ANY))), url) is not None


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
