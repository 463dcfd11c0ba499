"""How a discovery is set up: what a site's file says of it, and what the operator keeps for it."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from services.cmdb.domain.discovered import Target
from shared.failures import NeedsPerson

STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
S = TypeVar("S", bound=BaseModel)
C = TypeVar("C", bound=BaseModel)


def set_up(target: Target, credentials: Mapping[str, SecretStr], settings: type[S], secrets: type[C]) -> tuple[S, C]:
    """Both, as their types understand them. Raises `NeedsPerson` naming what is wrong, and none of its values."""
    try:
        return settings.model_validate(target.settings), secrets.model_validate(credentials)
    except ValidationError as problem:
        wrong = ", ".join(".".join(str(part) for part in error["loc"]) for error in problem.errors())
        raise NeedsPerson(f"The discovery of {target.name} is not set up well: {wrong}.") from None
