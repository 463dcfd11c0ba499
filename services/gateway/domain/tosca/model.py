"""A template while it is compiled: nodes with their types, links between nodes, inputs with their values."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.gateway.domain.tosca.problems import Report
from services.gateway.domain.tosca.scope import Scope
from services.gateway.domain.tosca.types import EntityType, Property, Requirement
from shared.contracts.topology import Json, Path

HOSTED_ON = "tosca.relationships.HostedOn"
NODES: Path = ("topology_template", "node_templates")
MOST_HOSTS = 100
JSON = frozenset((str, int, bool, float, type(None)))


@dataclass(slots=True)
class Deferred:
    """A value that is not known yet; `expression` is its function, with everything known already filled in."""

    expression: Json


@dataclass(slots=True, eq=False)
class Link:
    """A requirement of a node template, resolved. `target` is None when it is chosen at deployment time."""

    name: str
    path: Path
    source: "NodeDraft"
    target: "NodeDraft | None" = None
    definition: Requirement | None = None
    relationship: EntityType | None = None
    capability: str | None = None
    properties: Mapping[str, Json] = field(default_factory=dict)
    properties_path: Path = ()
    values: dict[str, Json] = field(default_factory=dict)

    @property
    def hosts(self) -> bool:
        """Whether the target is what the source runs on."""
        return self.relationship is not None and self.relationship.is_a(HOSTED_ON)


@dataclass(slots=True, eq=False)
class NodeDraft:
    """A node template: `raw` as written, values as they become known."""

    name: str
    path: Path
    raw: Mapping[str, Json]
    type: EntityType
    properties: Mapping[str, Json] = field(default_factory=dict)
    capabilities: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    artifacts: Mapping[str, Json] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    standing_on: "tuple[NodeDraft, ...] | None" = None

    def linked(self, requirement: str) -> "NodeDraft | None":
        """The target of the first requirement of that name."""
        return next((link.target for link in self.links if link.name == requirement and link.target), None)

    def settle(self) -> None:
        """All links are there: what the node stands on need not be looked for again."""
        self.standing_on = self.directly_on()

    def release(self) -> None:
        """Lets go of all other nodes."""
        self.links.clear()
        self.standing_on = None

    def hosts(self) -> Iterator["NodeDraft"]:
        """What the node runs on, nearest first, each once; the nearest hundred, should somebody write more."""
        seen = {self.name}
        waiting = deque([self])
        while waiting:
            here = waiting.popleft()
            for target in here.directly_on() if here.standing_on is None else here.standing_on:
                if target.name not in seen:
                    if len(seen) > MOST_HOSTS:
                        return
                    seen.add(target.name)
                    waiting.append(target)
                    yield target

    def directly_on(self) -> "tuple[NodeDraft, ...]":
        """The targets of the node's own hosting links, that of a requirement named `host` first."""
        links = sorted((link for link in self.links if link.hosts), key=lambda link: link.name != "host")
        return tuple(link.target for link in links if link.target is not None)


@dataclass(slots=True)
class Computed:
    """What is known of places whose value a function gave: where they are, and what the value became by its type there.

    `firm` says whether the inputs are the real ones, or the template's defaults only; `open` are the places whose value
    is made of inputs, `reads` how often one was read.
    """

    firm: bool = True
    places: set[Path] = field(default_factory=set)
    open: set[Path] = field(default_factory=set)
    reads: int = 0
    became: dict[Path, Json] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """All that the passes of one compilation share."""

    topology: Mapping[str, Json]
    scope: Scope
    report: Report
    nodes: dict[str, NodeDraft] = field(default_factory=dict)
    inputs: dict[str, Property] = field(default_factory=dict)
    values: dict[str, Json] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    relationships: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    computed: Computed = field(default_factory=Computed)


@dataclass(frozen=True, slots=True)
class Here:
    """Where a function stands: in a node, in a relationship (SOURCE, TARGET are its ends, SELF itself), or neither."""

    node: NodeDraft | None = None
    link: Link | None = None


NOWHERE = Here()


def plain(value: Json) -> Json:
    """The value as JSON: what is deferred becomes its expression, numbers forget how they were written.

    What is JSON already is returned as it is, not copied.
    """
    if type(value) is Deferred:
        value = value.expression
    return value if _is_json(value) else _as_json(value)


def _is_json(value: Json) -> bool:
    kind = type(value)
    if kind is dict:
        return all(_is_json(item) for item in value.values())
    if kind is list:
        return all(_is_json(item) for item in value)
    return kind in JSON


def _as_json(value: Json) -> Json:
    kind = type(value)
    if kind is Deferred:
        return _as_json(value.expression)
    if kind is dict:
        return {key: _as_json(item) for key, item in value.items()}
    if kind is list:
        return [_as_json(item) for item in value]
    return float(value) if isinstance(value, float) else value


def is_deferred(value: Json) -> bool:
    """Whether any part of the value is not known yet."""
    kind = type(value)
    if kind is Deferred:
        return True
    if kind is dict:
        return any(is_deferred(item) for item in value.values())
    return kind is list and any(is_deferred(item) for item in value)


def extent(value: Json, limit: int) -> int:
    """How much a value is: one for each part and for each 32 characters of text, counted until past the limit."""
    total, waiting = 0, [value]
    while waiting and total <= limit:
        here = waiting.pop()
        kind = type(here)
        total += 1 + (len(here) // 32 if kind is str else 0)
        if kind is dict:
            waiting.extend(here.values())
        elif kind is list:
            waiting.extend(here)
        elif kind is Deferred:
            waiting.append(here.expression)
    return total
