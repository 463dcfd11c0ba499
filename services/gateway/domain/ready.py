"""A template that is ready to use, described for those who choose one and fill in its form."""

from services.gateway.domain.tosca import Catalogues, Mode, compile_template
from services.gateway.domain.tosca.model import plain
from services.gateway.domain.tosca.reader import read
from shared.contracts.topology import Json, TopologyKind
from shared.contracts.vocabulary import Value


class ReadyInput(Value):
    """One field of the form. `required` means that it must be filled in; `default` is null if there is none.

    `entry_type` is the type of what a list or map holds; constraints are TOSCA's clauses, as `{"in_range": [1, 8]}`.
    """

    name: str
    type: str
    entry_type: str | None
    description: str
    default: Json
    required: bool
    secret: bool
    constraints: tuple[dict[str, Json], ...]


class ReadyOutput(Value):
    """What a deployment of the template will tell."""

    name: str
    description: str


class ReadyTemplate(Value):
    """The template: `text` is TOSCA, `icon` the address of an image, inputs and outputs in the order of the text."""

    name: str
    display_name: str
    description: str
    tag: str
    icon: str
    kind: TopologyKind
    inputs: tuple[ReadyInput, ...]
    outputs: tuple[ReadyOutput, ...]
    text: str


def ready(name: str, text: str, catalogues: Catalogues) -> ReadyTemplate:
    """The description of a template, held to the letter of the standard. Raises TemplateRefused."""
    topology = compile_template(text, {}, catalogues, mode=Mode.STRICT, need_inputs=False).topology
    root = read(text).root
    about = root.get("metadata") or {}
    inputs = root["topology_template"].get("inputs") or {}
    return ReadyTemplate(
        name=name,
        display_name=str(about.get("display_name", name)),
        description=str(about.get("description", root.get("description", ""))),
        tag=str(about.get("tag", "")),
        icon=str(about.get("icon", "")),
        kind=topology.kind,
        inputs=tuple(_input(field, raw, secret=field in topology.secret_inputs) for field, raw in inputs.items()),
        outputs=tuple(ReadyOutput(name=output.name, description=output.description) for output in topology.outputs),
        text=text,
    )


def _input(name: str, raw: dict[str, Json], *, secret: bool) -> ReadyInput:
    default = plain(raw.get("default"))
    entry = raw.get("entry_schema")
    return ReadyInput(
        name=name,
        type=raw["type"],
        entry_type=entry["type"] if isinstance(entry, dict) else entry,
        description=str(raw.get("description", "")),
        default=default,
        required=default is None and raw.get("required") is not False,
        secret=secret,
        constraints=tuple(plain(clause) for clause in raw.get("constraints") or ()),
    )
