"""The top of a template: its version, its keys, keys given twice, and the types it defines itself."""

from services.gateway.domain.tosca.document import Document
from services.gateway.domain.tosca.problems import Report, TemplateRefused, place
from services.gateway.domain.tosca.scope import Scope, Types
from services.gateway.domain.tosca.types import CATEGORIES, MISSING, PRIMITIVES, Property, Requirement, Schema
from services.gateway.domain.tosca.values import Checker
from shared.contracts.topology import Json, Path

NAMESPACE = "http://docs.oasis-open.org/tosca/ns/simple/yaml/"
NUMBERS = ("1.0", "1.1", "1.2", "1.3")
VERSIONS = {
    **{f"tosca_simple_yaml_{number.replace('.', '_')}": number for number in NUMBERS},
    **{f"{NAMESPACE}{number}": number for number in NUMBERS},
    "tosca_simple_yaml_1_0_0": "1.0",
}
ROOT_KEYS = frozenset(
    [
        "tosca_definitions_version",
        "metadata",
        "template_name",
        "template_author",
        "template_version",
        "description",
        "dsl_definitions",
        "repositories",
        "imports",
        "topology_template",
        "namespace",
        "tosca_default_namespace",
    ],
) | frozenset(CATEGORIES)
TOPOLOGY_KEYS = frozenset(
    [
        "description",
        "inputs",
        "node_templates",
        "relationship_templates",
        "groups",
        "policies",
        "outputs",
        "substitution_mappings",
        "workflows",
        "metadata",
    ],
)
TYPE_KEYS = frozenset(
    [
        "derived_from",
        "version",
        "metadata",
        "description",
        "properties",
        "attributes",
        "requirements",
        "capabilities",
        "interfaces",
        "artifacts",
        "constraints",
        "key_schema",
        "entry_schema",
        "type",
        "valid_source_types",
        "valid_target_types",
        "targets",
        "members",
        "triggers",
        "mime_type",
        "file_ext",
    ]
)
OPEN_CATEGORIES = ("interface_types",)
"""Types whose other keys are names that their author chose."""
NAMED = frozenset(
    ("node_templates", "inputs", "outputs", "relationship_templates", "groups", "topology_template", *CATEGORIES)
)


def check_root(document: Document, report: Report) -> str:
    """The version of the language as `tosca_simple_yaml_1_x`. Raises TemplateRefused if there is nothing to compile."""
    root = document.root
    if not isinstance(root, dict):
        report.refuse("shape", (), "a template is a map that starts with `tosca_definitions_version`", root)
        report.raise_if_any()
    version = _version(root.get("tosca_definitions_version"), report)
    for key in root:
        if key not in ROOT_KEYS:
            report.refuse("unknown-key", (key,), f"`{key}` is no part of a template", key, ROOT_KEYS)
    topology = root.get("topology_template")
    if not isinstance(topology, dict):
        where: Path = ("topology_template",)
        report.refuse("nothing-to-deploy", where, "there is no `topology_template` with nodes; add one", topology)
    else:
        for key in topology:
            if key not in TOPOLOGY_KEYS:
                path: Path = ("topology_template", key)
                report.refuse("unknown-key", path, f"`{key}` is no part of a topology", key, TOPOLOGY_KEYS)
    _duplicates(document, report)
    return version


def _version(found: Json, report: Report) -> str:
    number = VERSIONS.get(found) if isinstance(found, str) else None
    if number is None:
        path: Path = ("tosca_definitions_version",)
        if found is None:
            message = "`tosca_definitions_version` is missing; start with tosca_simple_yaml_1_0"
        elif str(found).startswith("tosca_2"):
            message = "TOSCA 2.0 is not taken; write the template for the Simple Profile 1.3"
        else:
            message = f"the version `{found}` is not known"[:200]
        report.refuse("version", path, message, found or "", list(VERSIONS)[: len(NUMBERS)])
        if isinstance(found, str) and found.startswith("tosca_2"):
            raise TemplateRefused(tuple(report.problems))
    return f"tosca_simple_yaml_{(number or '1.0').replace('.', '_')}"


def _duplicates(document: Document, report: Report) -> None:
    for path, (line, _) in document.duplicates:
        message = f"{place(path)} is given twice (again at line {line}); keep one"
        if len(path) == 1 or path[-2] in NAMED:
            report.refuse("duplicate-key", path, message, path[-1])
        else:
            report.tolerate("duplicate-key", path, message, path[-1])


def check_own_types(own: Types, scope: Scope, report: Report) -> None:
    """Schemas of the template's own types name known types, and their defaults fit them."""
    checker = Checker(scope, report)
    raw = report.document.root
    for category, name in own:
        kind = own[category, name]
        for key in raw[category][name] if isinstance(raw[category][name], dict) else ():
            if key not in TYPE_KEYS and category not in OPEN_CATEGORIES:
                message = f"`{key}` is no part of a type"
                report.refuse("unknown-key", (category, name, key), message, key, TYPE_KEYS)
        for section in ("properties", "attributes"):
            written = raw[category][name].get(section) if isinstance(raw[category][name], dict) else None
            for key in written if isinstance(written, dict) else ():
                declared = kind.properties if section == "properties" else kind.attributes
                _property(checker, scope, report, declared[key], (category, name, section, key))
        for requirement in kind.requirements.values():
            if requirement.declared_by == name:
                _requirement(scope, report, requirement, (category, name, "requirements"))


def _requirement(scope: Scope, report: Report, requirement: Requirement, path: Path) -> None:
    wanted = {
        "capability_types": requirement.capability,
        "node_types": requirement.node,
        "relationship_types": requirement.relationship,
    }
    for category, name in wanted.items():
        if name is not None and scope.find(category, name) is None:
            message = f"the type `{name}` that the requirement `{requirement.name}` names is not known"
            report.refuse("unknown-type", path, message, name, scope.names(category))


def _property(checker: Checker, scope: Scope, report: Report, definition: Property, path: Path) -> None:
    _known(scope, report, definition.schema, (*path, "type"))
    default = definition.default
    if default is not MISSING and default is not None and not _is_function(default):
        checker.check(default, definition.schema, (*path, "default"))


def _known(scope: Scope, report: Report, schema: Schema, path: Path) -> None:
    if schema.type and schema.type not in PRIMITIVES and scope.find("data_types", schema.type) is None:
        names = [*PRIMITIVES, *scope.names("data_types")]
        report.refuse("unknown-type", path, f"the type `{schema.type}` is not known", schema.type, names)
    for part in (schema.entry, schema.key):
        if part is not None:
            _known(scope, report, part, path)


def _is_function(value: Json) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("get_input", "concat", "token", "join")
