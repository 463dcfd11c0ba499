"""The artifacts of nodes: those of their types, and their own over them."""

from collections.abc import Mapping

from services.gateway.domain.tosca.functions import Functions
from services.gateway.domain.tosca.model import Draft, Here, NodeDraft, plain
from services.gateway.domain.tosca.scope import Scope
from services.gateway.domain.tosca.types import EntityType
from shared.contracts.topology import Artifact, Json

FILE = "tosca.artifacts.File"
CONTAINER_IMAGE = "tosca.artifacts.Deployment.Image.Container"
IMAGE = "image"


class Files:
    """The artifacts of all nodes of one draft. Those of types are read once."""

    def __init__(self, draft: Draft, functions: Functions) -> None:
        """All values of the draft have been checked."""
        self._draft = draft
        self._functions = functions
        self._types: dict[int, tuple[Artifact, ...]] = {}

    def of(self, node: NodeDraft) -> tuple[Artifact, ...]:
        """Those whose file is known."""
        if node.artifacts:
            return self._read({**node.type.artifacts, **node.artifacts}, node)
        if not node.type.artifacts:
            return ()
        known = self._types.get(id(node.type))
        if known is None:
            known = self._types[id(node.type)] = self._read(node.type.artifacts, node)
        return known

    def _read(self, artifacts: Mapping[str, Json], node: NodeDraft) -> tuple[Artifact, ...]:
        found = (self._artifact(name, raw, node) for name, raw in artifacts.items())
        return tuple(artifact for artifact in found if artifact is not None)

    def _artifact(self, name: str, raw: Json, node: NodeDraft) -> Artifact | None:
        body = _body(raw)
        inherited = _body(node.type.artifacts.get(name))
        path = (*node.path, "artifacts", name)
        file = plain(self._functions.resolve(body.get("file"), (*path, "file"), Here(node)))
        if not isinstance(file, str) or not file:
            return None
        properties = self._functions.resolve(body.get("properties"), (*path, "properties"), Here(node))
        return Artifact(
            name=name,
            type=_type(self._draft.scope, body.get("type") or inherited.get("type")),
            file=file,
            repository=_text(body.get("repository", inherited.get("repository"))),
            deploy_path=_text(body.get("deploy_path", inherited.get("deploy_path"))),
            properties=plain(properties) if isinstance(properties, dict) else {},
        )


def image_of(scope: Scope, artifacts: tuple[Artifact, ...]) -> str | None:
    """The container image among artifacts: that which is called so, else the first that is one by its type."""
    called = [artifact.file for artifact in artifacts if artifact.name == IMAGE]
    typed = [
        artifact.file for artifact in artifacts if _is_image(scope.find("artifact_types", artifact.type), artifact)
    ]
    return next(iter([*called, *typed]), None)


def _is_image(kind: EntityType | None, artifact: Artifact) -> bool:
    names = (artifact.type,) if kind is None else (kind.name, *kind.ancestors)
    return any(name.startswith(CONTAINER_IMAGE) for name in names)


def _body(raw: Json) -> Mapping[str, Json]:
    return raw if isinstance(raw, dict) else {"file": raw} if isinstance(raw, str) else {}


def _type(scope: Scope, name: Json) -> str:
    found = scope.find("artifact_types", name)
    return found.name if found is not None else name if isinstance(name, str) else FILE


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
