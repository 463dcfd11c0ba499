"""Rules about messages: what they may hold, and that each has its place and its owner. Each yields what breaks it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Union, get_args, get_origin

from pydantic import BaseModel

from shared.contracts.message import Message
from shared.contracts.streams import Stream
from tests.architecture.rules_of_shape import SERVICES

SECRET = re.compile(r"(^|_)(token|password|passwd|passphrase|secret|api_?key|private_key|authorization|cookie)s?(_|$)")
NAMES_ONLY = frozenset({"secret_inputs"})
"""Fields that hold the names of secrets and never their values."""
YES_OR_NO = {bool, NoneType, Union, UnionType}
"""What a flag is made of: one that says whether there is a secret holds none."""


def no_field_holds_a_secret(kinds: Iterable[type[BaseModel]]) -> Iterator[str]:
    """A topic is kept for weeks and read by many: a token told once is a token given away."""
    for kind in _with_parts(kinds):
        for name, field in kind.model_fields.items():
            flag = set(_origins(field.annotation)) <= YES_OR_NO
            if SECRET.search(name) and name not in NAMES_ONLY and not flag:
                yield f"{kind.__name__}.{name}: a secret does not travel; send a reference"


def messages_are_frozen(kinds: Iterable[type[BaseModel]]) -> Iterator[str]:
    """A message that changes after it was heard makes two readers of one fact disagree."""
    for kind in _with_parts(kinds):
        if not kind.model_config.get("frozen"):
            yield f"{kind.__name__} is not frozen"
        for name, field in kind.model_fields.items():
            if any(part in (list, set) for part in _origins(field.annotation)):
                yield f"{kind.__name__}.{name} can be changed in place; a tuple cannot"


def readers_outlive_writers(kinds: Iterable[type[BaseModel]]) -> Iterator[str]:
    """A reader that refuses a field it does not know stops the day a newer writer is deployed."""
    for kind in _with_parts(kinds):
        if kind.model_config.get("extra") != "ignore":
            yield f"{kind.__name__} does not ignore unknown fields"


def every_message_has_one_place_and_an_owner(
    kinds: Iterable[type[Message]], streams: Iterable[Stream]
) -> Iterator[str]:
    """A fact told on two topics has no order, one told by two services has no author, one on none has no reader."""
    members = [(kind, owner) for stream in streams for kind, owner in stream.members.items()]
    places = Counter(kind for kind, _ in members)
    for kind in kinds:
        if places[kind] != 1:
            yield f"{kind.__name__} is in {places[kind]} streams"
    for kind, owner in members:
        if owner not in SERVICES:
            yield f"{kind.__name__}: `{owner}` is no service"


def leaves(root: type[Message], package: str) -> tuple[type[Message], ...]:
    """The messages below `root` that are told: classes of `package` that nothing in it derives from."""
    below = [kind for kind in _descendants(root) if kind.__module__.startswith(package)]
    return tuple(kind for kind in below if not any(other is not kind and issubclass(other, kind) for other in below))


def _descendants(kind: type[Message]) -> Iterator[type[Message]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _with_parts(kinds: Iterable[type[BaseModel]]) -> tuple[type[BaseModel], ...]:
    seen: dict[type[BaseModel], None] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind not in seen:
            seen[kind] = None
            fields = (part for field in kind.model_fields.values() for part in _origins(field.annotation))
            waiting += [part for part in fields if isinstance(part, type) and issubclass(part, BaseModel)]
    return tuple(seen)


def _origins(annotation: object) -> Iterator[object]:
    yield get_origin(annotation) or annotation
    for argument in get_args(annotation):
        yield from _origins(argument)
