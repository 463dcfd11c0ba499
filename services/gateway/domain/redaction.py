"""What is shown to people other than the owner, in callbacks and in the timeline: everything but secrets.

A secret is known by its type (the placeholder of one that is in the vault), by the name it goes under, or by its shape.
"""

import json
import re
from collections.abc import Iterator

import yaml

from services.gateway.domain.tosca.secrecy import names_secret
from services.gateway.domain.view import TrialView, View
from shared.contracts.between import is_placeholder
from shared.contracts.topology import Json
from shared.contracts.trials import Resource

HIDDEN = "[hidden]"
SHAPES = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?i:\bbearer)\s+[\w.~+/-]{8,}=*"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|\bhv[sb]\.[\w-]{20,}|\bwhsec_[\w+/=-]{16,}",
    re.DOTALL,
)
IN_AN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]+:)[^\s/@]+(?=@)")
SAID = re.compile(
    r"""(?P<before>\b(?P<name>[\w.-]*(?i:pass|pwd|secret|token|cred|key)[\w.-]*)\\?["']?\s*(?:=>|[=:])\s*)"""
    r"""(?P<value>\\?"[^"\n]+"|'[^'\n]+'|[^\s"'{}\[\],;&|>][^\s"',;&]*)"""
)
PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
"""Anchor and tag of a YAML value: what refers to it must still find it."""
OF_AN_INPUT = {"default", "value"}
LOOKS = re.compile(
    r"private key|eyj|bearer|akia|asia|gh[pousr]_|github_pat|glpat|xox|hvs\.|hvb\.|whsec|://|pass|pwd|secret|token|cred"
    r"|key",
    re.IGNORECASE,
)
NAMES = ("pass", "pwd", "secret", "token", "cred", "key")
MARKS = (
    *("private key", "eyj", "bearer", "akia", "asia", "glpat-", "xox", "hvs.", "hvb.", "whsec_"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
)
BEHIND_A_NAME = re.compile(
    r"""(?:[^"=:\\]|\\.){0,80}(?:[=:]|"\s*[=:](?!\s*(?:true|false|null)\b))|(?:[^"=:\\]|\\.){81}"""
)
"""What follows a name under which a secret may stand. What JSON has there may be a truth value, which is none."""


def redacted(value: Json) -> Json:
    """The value with every secret in it hidden. Placeholders become the same word, so nobody sees which is which."""
    if is_placeholder(value):
        return HIDDEN
    if isinstance(value, dict):
        return {name: _under(name, part) for name, part in value.items()}
    if isinstance(value, list):
        return [redacted(part) for part in value]
    return redacted_text(value) if isinstance(value, str) else value


def redacted_text(text: str) -> str:
    """The text without what has the shape of a token or a key, and without what stands behind the name of a secret."""
    if not LOOKS.search(text):
        return text
    return SAID.sub(_said, IN_AN_ADDRESS.sub(rf"\1{HIDDEN}", SHAPES.sub(HIDDEN, text)))


def for_others(view: View) -> View:
    """A deployment as others than its owner see it. A callback is an address that may prove something by itself."""
    return view.model_copy(
        update={
            "callback": None,
            "reason": redacted_text(view.reason) if view.reason else view.reason,
            "outputs": redacted(view.outputs),
            "resources": tuple(_resource(one) for one in view.resources),
            "trials": tuple(_trial(one) for one in view.trials),
        }
    )


def redacted_json(text: str) -> str:
    """A JSON document, as `redacted` has it."""
    if not _may_hold_a_secret(text):
        return text
    return json.dumps(redacted(json.loads(text)), ensure_ascii=False)


def redacted_template(text: str) -> str:
    """A YAML document with what its author wrote behind the name of a secret hidden; functions and the rest stay."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return redacted_text(text)
    pieces, end = [], 0
    for start, stop in sorted(_secret_spans(root)):
        written = text[start:stop]
        kept, bare = PROPERTIES.match(written), written.rstrip()
        pieces += [text[end:start], kept[0] if kept else "", f"'{HIDDEN}'", written[len(bare) :]]
        end = stop
    return redacted_shapes("".join([*pieces, text[end:]]))


def redacted_shapes(text: str) -> str:
    """The text without what has the shape of a token or a key."""
    return IN_AN_ADDRESS.sub(rf"\1{HIDDEN}", SHAPES.sub(HIDDEN, text))


def _may_hold_a_secret(text: str) -> bool:
    """Looking is many times cheaper than taking apart. It may see too much, and never too little."""
    low = text.lower()
    if len(low) != len(text) or any(mark in low for mark in MARKS) or ("://" in low and "@" in low):
        return True
    return any(BEHIND_A_NAME.match(text, place + len(name)) for name in NAMES for place in _places(low, name))


def _places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _resource(resource: Resource) -> Resource:
    return resource.model_copy(update={"attributes": redacted(resource.attributes)})


def _trial(trial: TrialView) -> TrialView:
    texts = {name: redacted_text(getattr(trial, name)) for name in ("sentence", "detail", "message")}
    return trial.model_copy(update=texts)


def _secret_spans(root: yaml.Node | None) -> set[tuple[int, int]]:
    """Where in the text the values stand whose names say that they are secret; of an input, its default."""
    spans: set[tuple[int, int]] = set()
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue  # an alias
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                waiting.append(value)
                if isinstance(key, yaml.ScalarNode) and names_secret(str(key.value)):
                    spans.update((one.start_mark.index, one.end_mark.index) for one in _plain(value))
    return spans


def _plain(value: yaml.Node) -> Iterator[yaml.ScalarNode]:
    match value:
        case yaml.ScalarNode():
            yield value
        case yaml.SequenceNode():
            yield from (one for one in value.value if isinstance(one, yaml.ScalarNode))
        case yaml.MappingNode():
            yield from (
                one for key, one in value.value if key.value in OF_AN_INPUT and isinstance(one, yaml.ScalarNode)
            )
        case _:
            return


def _under(name: str, value: Json) -> Json:
    """What stands under a name: hidden when that says so, unless it is what says where a secret comes from."""
    if names_secret(name) and isinstance(value, str | int | float) and not isinstance(value, bool):
        return HIDDEN
    if names_secret(name) and isinstance(value, list):
        return [_under(name, part) for part in value]
    return redacted(value)


def _said(found: re.Match[str]) -> str:
    return found["before"] + HIDDEN if names_secret(found["name"]) else found[0]
