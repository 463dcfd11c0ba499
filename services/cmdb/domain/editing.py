"""Who may change what of a site, and what nobody may change."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.cmdb.domain.assembly import Fault
from services.cmdb.domain.pointers import Steps, entries, pointer
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Principal

OPERATORS = frozenset({"monitoring", "discovery"})
"""Fields of a service that say where this federation's own programs go with their own credentials: not an owner's."""
FIXED = ("type", "parent")

Document = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes something."""

    principal: Principal
    admin: bool = False

    @property
    def name(self) -> str:
        """As it stands in the history."""
        return f"{self.principal.subject} @ {self.principal.issuer}"


@dataclass(frozen=True, slots=True)
class Revision:
    """A site's documents before and after a change: what people said over the others, and what came out."""

    said_before: Document
    said_after: Document
    before: Document
    after: Document


class Forbidden(Exception):
    """The editor may not do that; the text says who may."""


def role(editor: Editor, document: Document) -> str | None:
    """`admin`, `owner` of the site, `service owner` of at least one of its services, or nobody."""
    if editor.admin:
        return "admin"
    if _owns(editor, document):
        return "owner"
    return "service owner" if any(_owns(editor, service) for service in _services(document).values()) else None


def check(editor: Editor, change: Revision) -> list[Fault]:
    """What is wrong with the change itself. Raises `Forbidden` when it is not this editor's to make."""
    who = role(editor, change.before)
    if who is None:
        raise Forbidden("Only owners of the site or of its services, and administrators, may change it.")
    if who != "admin":
        _check_reach(editor, who, change)
    return [*_what_is_fixed(change), *_who_is_left(change)]


def _check_reach(editor: Editor, who: str, change: Revision) -> None:
    services, still = _services(change.before), _services(change.after)
    own = {id for id, service in services.items() if _owns(editor, service)}
    for steps in _touched(change):
        service = steps[1] if steps[0] == "services" and len(steps) > 1 else ""
        if service and _is_for_operators(steps, still.get(service, {})):
            raise Forbidden(f"{pointer(steps[:3])} is for administrators to change.")
        if who == "owner":
            continue
        if service not in own:
            raise Forbidden(f"{pointer(steps[:2])} is for the owners of the site to change; you own {_listed(own)}.")


def _is_for_operators(steps: Steps, service: Document) -> bool:
    """Whoever moves the endpoint of a service that is discovered is sent the federation's credentials."""
    field = steps[2] if len(steps) > len(("services", "id")) else ""
    return field in OPERATORS or (field == "endpoint" and service.get("discovery") is not None)


def _touched(change: Revision) -> Iterator[Steps]:
    """Every place that is said or comes out differently; a service that is removed is one place."""
    still = _services(change.after)
    for before, after in ((change.said_before, change.said_after), (change.before, change.after)):
        old, new = dict(_leaves(before)), dict(_leaves(after))
        for steps in dict.fromkeys([*old, *new]):
            if old.get(steps) != new.get(steps) or (steps in old) != (steps in new):
                is_gone = steps[0] == "services" and len(steps) > 1 and steps[1] not in still
                yield steps[:2] if is_gone else steps


def _leaves(document: Document, above: Steps = ()) -> Iterator[tuple[Steps, Json]]:
    for field, value in document.items():
        steps = (*above, field)
        named = entries(field, value)
        if named:
            for name, entry in named.items():
                yield from _leaves(entry, (*steps, name))
        elif isinstance(value, dict) and value:
            yield from _leaves(value, steps)
        else:
            yield steps, value


def _what_is_fixed(change: Revision) -> Iterator[Fault]:
    before, after = _services(change.before), _services(change.after)
    for id in before.keys() & after.keys():
        for field in FIXED:
            was, now = before[id].get(field), after[id].get(field)
            if was != now:
                sentence = f"found {now!r}; allowed: {was!r}, which cannot change (remove the service and add it anew)"
                yield Fault(pointer(("services", id, field)), sentence)


def _who_is_left(change: Revision) -> Iterator[Fault]:
    if change.before.get("owners") and not change.after.get("owners"):
        yield Fault("/owners", "found nobody; allowed: at least one owner, or nobody could change the site any more")


def _owns(editor: Editor, thing: Document) -> bool:
    mine = {"issuer": editor.principal.issuer.rstrip("/"), "subject": editor.principal.subject}
    return any(
        isinstance(owner, dict) and {**owner, "issuer": str(owner.get("issuer", "")).rstrip("/")} == mine
        for owner in thing.get("owners") or ()
    )


def _services(document: Document) -> dict[str, dict[str, Json]]:
    return entries("services", document.get("services", [])) or {}


def _listed(services: Iterable[str]) -> str:
    return ", ".join(sorted(services)) or "none of its services"
