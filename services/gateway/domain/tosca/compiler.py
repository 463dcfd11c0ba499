"""Compiles a template: text and inputs in, the topology and the filled-in document out, or every problem found."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.domain.tosca.assemble import assemble, kind_of, likely_kind
from services.gateway.domain.tosca.catalogues import Catalogues
from services.gateway.domain.tosca.circles import report_circles
from services.gateway.domain.tosca.definitions import entries
from services.gateway.domain.tosca.document import Document
from services.gateway.domain.tosca.elements import read_elements, read_relationships
from services.gateway.domain.tosca.emit import as_yaml
from services.gateway.domain.tosca.fragments import merged
from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.imports import imported
from services.gateway.domain.tosca.inheritance import compile_types
from services.gateway.domain.tosca.inputs import read_inputs
from services.gateway.domain.tosca.linking import link_nodes
from services.gateway.domain.tosca.model import Computed, Draft, plain
from services.gateway.domain.tosca.nodes import check_nodes, read_nodes
from services.gateway.domain.tosca.problems import Full, Mode, Problem, Report, TemplateRefused
from services.gateway.domain.tosca.reader import TEMPLATE, Limits, read
from services.gateway.domain.tosca.rewrite import filled
from services.gateway.domain.tosca.root import check_own_types, check_root
from services.gateway.domain.tosca.scope import Scope
from services.gateway.domain.tosca.weight import check_weight
from shared.contracts.topology import Json, Topology


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a template became. `template` is YAML; `secret_values` are the only place where secrets stand."""

    topology: Topology
    template: str
    warnings: tuple[Problem, ...]
    secret_values: Mapping[str, Json]


def compile_template(
    text: str,
    inputs: Mapping[str, Json],
    catalogues: Catalogues,
    *,
    mode: Mode = Mode.LENIENT,
    need_inputs: bool = True,
    limits: Limits = TEMPLATE,
) -> Compiled:
    """The template compiled against the catalogues it imports.

    `need_inputs` false leaves required inputs without a value open, for checking a template before it is used.
    Raises TemplateRefused with every problem found, at most 50.
    """
    document = merged(read(text, limits), catalogues.parents)
    report = Report(document, mode)
    drafts: list[Draft] = []
    try:
        draft, functions, about = _read(document, report, catalogues, (inputs, need_inputs), drafts)
        try:
            return _compiled(draft, functions, about)
        finally:
            functions.release()
    except (Full, TemplateRefused):
        kind = likely_kind(drafts[0]) if drafts else None
        raise TemplateRefused(tuple(report.problems), tuple(report.warnings), kind) from None


def _compiled(draft: Draft, functions: Functions, about: tuple[str, str]) -> Compiled:
    report = draft.report
    check_nodes(draft, functions)
    elements = read_elements(draft, functions)
    report_circles(draft)
    kind = kind_of(draft)
    report.raise_if_any()
    topology = assemble(draft, functions, elements, kind, about)
    report.raise_if_any()
    template = as_yaml(filled(report.document.root, draft))
    secrets = {name: plain(draft.values[name]) for name in draft.inputs if name in draft.secrets & draft.values.keys()}
    return Compiled(topology, template, tuple(report.warnings), secrets)


def _read(
    document: Document,
    report: Report,
    catalogues: Catalogues,
    inputs: tuple[Mapping[str, Json], bool],
    drafts: list[Draft],
) -> tuple[Draft, Functions, tuple[str, str]]:
    """The draft with its links; it is among `drafts` as soon as it is begun, for a refusal to say what it is."""
    given, need = inputs
    version = check_root(document, report)
    used = imported(document.root, catalogues, report)
    outer = (*((prefix, catalogue.scope) for prefix, catalogue in used), (None, catalogues.normative.scope))
    own = compile_types(document.root, Scope({}, outer), report)
    scope = Scope(own, outer, settled=True)
    check_own_types(own, scope, report)
    topology = entries(document.root.get("topology_template"), ("topology_template",), report)
    draft = Draft(topology, scope, report, computed=Computed(need))
    drafts.append(draft)
    read_inputs(draft, given, need=need)
    read_relationships(draft)
    read_nodes(draft)
    functions = Functions(draft)
    check_weight(draft, own)
    link_nodes(draft, functions)
    digests = [catalogues.normative.digest, *(catalogue.digest for _, catalogue in used)]
    return draft, functions, (version, hashlib.sha256("\n".join(digests).encode()).hexdigest())
