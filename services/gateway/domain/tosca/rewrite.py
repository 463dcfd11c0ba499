"""The original document with its inputs filled in: the text that travels and that users are shown."""

from collections.abc import Iterable, Mapping

from services.gateway.domain.tosca.model import Draft
from shared.contracts.topology import Json, Path

TOPOLOGY = "topology_template"


def filled(root: Mapping[str, Json], draft: Draft) -> dict[str, Json]:
    """A document in which every `get_input` of a known, open value is that value, as the type that is due in its place.

    Parts without any are the original's own, not copies. Order and unknown keys survive. Secret inputs keep their
    `get_input` and lose their default; the definitions of the others get their value as default.
    """
    done = dict(root)
    topology = root.get(TOPOLOGY)
    if isinstance(topology, dict):
        fill = _Fill(draft)
        done[TOPOLOGY] = {
            key: _definitions(item, draft) if key == "inputs" else fill.value(item, (TOPOLOGY, key))
            for key, item in topology.items()
        }
    return done


def _definitions(raw: Json, draft: Draft) -> Json:
    if not isinstance(raw, dict):
        return raw
    done = {}
    for name, body in raw.items():
        item = dict(body) if isinstance(body, dict) else body
        if isinstance(item, dict) and name in draft.secrets:
            item.pop("default", None)
            item.pop("value", None)
        elif isinstance(item, dict) and name in draft.values:
            item["value" if "value" in item else "default"] = draft.values[name]
        done[name] = item
    return done


class _Fill:
    def __init__(self, draft: Draft) -> None:
        self._values = draft.values
        self._secrets = draft.secrets
        self._became = draft.computed.became

    def value(self, value: Json, path: Path) -> Json:
        kind = type(value)
        if kind is dict:
            if len(value) == 1 and "get_input" in value:
                return self._became[path] if path in self._became else self._input(value)
            changed = self._changed(value.items(), path)
            return {**value, **changed} if changed else value
        if kind is list:
            changed = self._changed(enumerate(value), path)
            return [changed.get(index, item) for index, item in enumerate(value)] if changed else value
        return value

    def _changed(self, items: Iterable[tuple[str | int, Json]], path: Path) -> dict[str | int, Json]:
        changed = {}
        for key, item in items:
            kind = type(item)
            if kind is dict or kind is list:
                done = self.value(item, (*path, key))
                if done is not item:
                    changed[key] = done
        return changed

    def _input(self, function: Json) -> Json:
        """The value of the input; the function itself if that is secret, unknown or not there."""
        argument = function["get_input"]
        parts = argument if isinstance(argument, list) else [argument]
        if not parts or not isinstance(parts[0], str) or parts[0] in self._secrets or parts[0] not in self._values:
            return function
        value = self._values[parts[0]]
        for part in parts[1:]:
            try:
                value = value[part]
            except (LookupError, TypeError):
                return function
        return value
