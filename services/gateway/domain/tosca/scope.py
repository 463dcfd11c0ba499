"""Which types a document can see: its own, those it imports, the normative ones, in this order."""

from collections.abc import Iterator, Mapping

from services.gateway.domain.tosca.types import CATEGORIES, EntityType

Types = Mapping[tuple[str, str], EntityType]
INTERFACE_FAMILIES = ("", "node.lifecycle.", "relationship.")
FAMILIES = ("", "network.")


class Scope:
    """Types by category and name. Layers with a prefix are seen only as `prefix:Name`."""

    def __init__(
        self, own: Types, outer: "tuple[tuple[str | None, Scope], ...]" = (), *, settled: bool = False
    ) -> None:
        """`settled` says that no type will be added: what was found once is found again at once."""
        self._own = own
        self._outer = outer
        self._found: dict[tuple[str, str], EntityType] | None = {} if settled else None

    def find(self, category: str, name: object) -> EntityType | None:
        """The type, by full, short (`Compute`) or qualified (`tosca:Compute`, `prefix:Name`) name."""
        if not isinstance(name, str):
            return None
        if self._found is None:
            return self._looked_up(category, name)
        known = self._found.get((category, name))
        if known is None and (known := self._looked_up(category, name)) is not None:
            self._found[category, name] = known
        return known

    def exact(self, category: str, name: str) -> EntityType | None:
        """The type of exactly this name."""
        found = self._own.get((category, name))
        if found is not None:
            return found
        for prefix, scope in self._outer:
            if prefix is None:
                found = scope.exact(category, name)
                if found is not None:
                    return found
        return None

    def prefixed(self, category: str, prefix: str, name: str) -> EntityType | None:
        """The type of this name in the layer of that prefix, or in a layer below that has it."""
        if prefix == "tosca":
            return self._short(category, name)
        for known, scope in self._outer:
            found = None
            if known == prefix:
                found = scope.find(category, name)
            elif known is None:
                found = scope.prefixed(category, prefix, name)
            if found is not None:
                return found
        return None

    def names(self, category: str) -> Iterator[str]:
        """All names of a category that can be used."""
        for kind, name in self._own:
            if kind == category:
                yield name
        for prefix, scope in self._outer:
            for name in scope.names(category):
                yield f"{prefix}:{name}" if prefix else name

    def _looked_up(self, category: str, name: str) -> EntityType | None:
        found = self.exact(category, name)
        if found is None and ":" in name:
            prefix, _, rest = name.partition(":")
            found = self.prefixed(category, prefix, rest)
        if found is None:
            found = self._short(category, name)
        return found

    def _short(self, category: str, name: str) -> EntityType | None:
        start = CATEGORIES[category]
        for family in INTERFACE_FAMILIES if category == "interface_types" else FAMILIES:
            found = self.exact(category, start + family + name)
            if found is not None:
                return found
        return None
