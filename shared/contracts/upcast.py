"""Old wire shapes made current before they are validated: one pure step per (type, from-version)."""

from collections.abc import Callable, Mapping

from shared.contracts.topology import Json

Step = Callable[[Json], Json]

STEPS: Mapping[tuple[str, int], Step] = {}
"""Empty until a message has a second version."""


def upcast(type_name: str, version: int, body: Json, *, to: int, steps: Mapping[tuple[str, int], Step] = STEPS) -> Json:
    """Lift `body` step by step to version `to`.

    Raises `LookupError` when a step is missing, and when the body is newer than its reader.
    """
    if version > to:
        raise LookupError(f"{type_name} v{version} is newer than v{to}, the newest this reader knows")
    for step in range(version, to):
        if (type_name, step) not in steps:
            raise LookupError(f"no way from {type_name} v{step} to v{step + 1}")
        body = steps[type_name, step](body)
    return body
