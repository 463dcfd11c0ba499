"""Text to document: one pass over libyaml's events, with limits that stop every bomb before it is built."""

from array import array
from dataclasses import dataclass
from typing import NoReturn

import yaml

from services.gateway.domain.tosca.document import COLUMNS, NUMBER, Document, Marks, Position
from services.gateway.domain.tosca.plain import BadScalar, scalar
from services.gateway.domain.tosca.problems import Problem, TemplateRefused
from shared.contracts.topology import Json

MERGE = "<<"
MAPPING_TAGS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:omap"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost: bytes of UTF-8, levels, aliases, scalars and containers, and those that aliases repeat.

    The defaults admit a template of ten thousand nodes.
    """

    size: int = 4 << 20
    depth: int = 64
    aliases: int = 64
    nodes: int = 400_000
    repeated: int = 20_000


TEMPLATE = Limits()
CATALOGUE = Limits(size=8 << 20, nodes=500_000)


def read(text: str, limits: Limits = TEMPLATE) -> Document:
    """The document in the text. Raises TemplateRefused with the line of whatever forbids reading it."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.size:
        _refuse("too-large", f"the template has {size} bytes, {limits.size} are allowed; make it smaller", (1, 1))
    builder = _Builder(limits)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        _refuse("yaml", f"not YAML: {error.problem or error.context or 'it cannot be read'}; mend the syntax", where)
    except yaml.YAMLError:
        _refuse("yaml", "not YAML: it contains a control character; remove it", _control_character(text))
    except UnicodeEncodeError:
        _refuse("yaml", "not YAML: it contains half a character; save it as UTF-8", (1, 1))
    return builder.document


class _Builder:
    """Folds events into a document. Each open container is a frame: container, its marks, the key that waits.

    Words that come again are kept once: the names of a language fill most of a large template.
    """

    def __init__(self, limits: Limits) -> None:
        self.document = Document(None)
        self._limits = limits
        self._stack: list[tuple[Json, Marks]] = []
        self._keys: list[str | None] = []
        self._places: list[str | int] = []
        self._anchors: dict[str, Json] = {}
        self._words: dict[str, str] = {}
        self._nodes = 0
        self._aliases = 0
        self._repeated = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event. Raises TemplateRefused at the first limit passed."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            container, marks = self._stack.pop()
            self.document.marks[id(container)] = marks.tobytes()
            self._keys.pop()
            self._places.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                _refuse("yaml", "there is a second document in the file; keep one", _position(event))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(event)
        if self._stack and self._keys[-1] is None and type(self._stack[-1][0]) is dict:
            self._key(event.value, event)
            if event.anchor is not None:
                self._anchors[event.anchor] = event.value
            return
        try:
            value = scalar(event.value, event.tag, plain=event.implicit[0])
        except BadScalar as bad:
            _refuse("yaml", str(bad), _position(event))
        if type(value) is str:
            value = self._words.setdefault(value, value)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        self._place(value, event)

    def _open(self, container: Json, event: yaml.CollectionStartEvent) -> None:
        self._count(event)
        if event.tag not in MAPPING_TAGS:
            _refuse("yaml", f"the tag {event.tag!s:.40} is not known here; remove it", _position(event))
        if len(self._stack) >= self._limits.depth:
            _refuse("too-deep", f"nested deeper than {self._limits.depth} levels; flatten it", _position(event))
        self._places.append(self._place(container, event))
        if event.anchor is not None:
            self._anchors[event.anchor] = container
        self._stack.append((container, array(NUMBER)))
        self._keys.append(None)

    def _alias(self, event: yaml.AliasEvent) -> None:
        self._aliases += 1
        if self._aliases > self._limits.aliases:
            _refuse("alias", f"more than {self._limits.aliases} aliases; write the values out", _position(event))
        anchor = event.anchor or ""
        if anchor not in self._anchors:
            _refuse("alias", f"the alias *{anchor:.40} names no anchor above it", _position(event))
        value = self._anchors[anchor]
        if any(value is container for container, _ in self._stack):
            _refuse("alias", f"the alias *{anchor:.40} contains itself; write the value out", _position(event))
        self._repeated += _size(value, self._limits.repeated)
        if self._repeated > self._limits.repeated:
            _refuse(
                "alias", f"aliases stand for more than {self._limits.repeated} values; write them out", _position(event)
            )
        self._count(event)
        if self._stack and self._keys[-1] is None and type(self._stack[-1][0]) is dict:
            if not isinstance(value, str):
                _refuse("yaml", "a key is not text", _position(event))
            self._key(value, event)
        else:
            self._place(value, event)

    def _key(self, key: str, event: yaml.Event) -> None:
        container, marks = self._stack[-1]
        if key == MERGE and not _quoted(event):
            _refuse("merge-key", "merge keys (<<) are not allowed; write the values out", _position(event))
        key = self._words.setdefault(key, key)
        if key in container:
            self.document.duplicates.append(((*self._places[1:], key), _position(event)))
            self.document.again[id(container), key] = _mark(event)
        else:
            marks.append(_mark(event))
        self._keys[-1] = key

    def _place(self, value: Json, event: yaml.Event) -> str | int:
        """Puts the value where it belongs and says where that is."""
        if not self._stack:
            self.document.root = value
            return ""
        container, marks = self._stack[-1]
        if type(container) is list:
            marks.append(_mark(event))
            container.append(value)
            return len(container) - 1
        key = self._keys[-1]
        if key is None:
            _refuse("yaml", "a key is a list or a map; use text", _position(event))
        container[key] = value
        self._keys[-1] = None
        return key

    def _count(self, event: yaml.Event) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            _refuse("too-many", f"more than {self._limits.nodes} values; make it smaller", _position(event))


def _quoted(event: yaml.Event) -> bool:
    """Quotes make a word of what would be a merge key (YAML 1.1, tag `!!merge`)."""
    return isinstance(event, yaml.ScalarEvent) and event.tag is None and not event.implicit[0]


def _size(value: Json, limit: int) -> int:
    """How many values an alias stands for, counted up to the limit."""
    counted, waiting = 0, [value]
    while waiting and counted <= limit:
        here = waiting.pop()
        counted += 1
        if isinstance(here, dict):
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return counted


def _position(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _mark(event: yaml.Event) -> int:
    line, column = _position(event)
    return line * COLUMNS + column


def _control_character(text: str) -> Position:
    before = text
    for index, character in enumerate(text):
        if not (character.isprintable() or character in "\t\n\r\x85\u2028\u2029"):
            before = text[:index]
            break
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _refuse(code: str, message: str, where: Position) -> NoReturn:
    raise TemplateRefused((Problem(code, (), where[0], where[1], "", (), None, message),))
