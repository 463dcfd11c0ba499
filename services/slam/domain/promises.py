"""One promise of an agreement: a type, a unit, and up to six restrictions, each a number or a word."""

from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from services.slam.domain.kinds import KINDS, Kind
from services.slam.domain.refusing import one_of, refused
from shared.contracts.vocabulary import ServiceId

UNLIMITED: Literal["unlimited"] = "unlimited"
UNKNOWN: Literal["unknown"] = "unknown"
MOST = 1e15
About = NewType("About", str)


def _amount(value: object) -> object:
    allowed = "a number from 0, 'unlimited' or 'unknown'"
    if value is None or value in (UNLIMITED, UNKNOWN):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(value, allowed)
    if not isfinite(value) or not 0 <= value <= MOST:
        raise refused(value, allowed)
    return float(value)


Amount = Annotated[
    Annotated[float, Field(ge=0)] | Literal["unlimited", "unknown"] | None,
    BeforeValidator(_amount, json_schema_input_type=Annotated[float, Field(ge=0)] | Literal["unlimited", "unknown"]),
]
"""A number in the target's unit, or a word. An absent guarantee is none, an absent limit is no limit."""

SCOPES = ("total", "user", "instance")


class Promise(BaseModel):
    """What one type of thing is promised, for the whole group, each of its users, and each machine or volume.

    Refuses an unknown type or unit, a negative amount, half of what comes whole, a guarantee above its limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    unit: str | None = Field(default=None, validate_default=True)
    service: ServiceId | None = None
    total_guaranteed: Amount = None
    total_limit: Amount = None
    user_guaranteed: Amount = None
    user_limit: Amount = None
    instance_guaranteed: Amount = None
    instance_limit: Amount = None

    @field_validator("type")
    @classmethod
    def is_known(cls, value: str) -> str:
        """See `KINDS`."""
        if value not in KINDS:
            raise refused(value, one_of(list(KINDS)))
        return value

    @field_validator("unit")
    @classmethod
    def measures_the_type(cls, value: str | None, others: ValidationInfo) -> str | None:
        """A unit is never guessed: what has one must say it, what has none must not."""
        kind = _kind_of(others.data)
        if kind is not None and value not in kind.units:
            units = [unit for unit in kind.units if unit is not None]
            raise refused("no unit" if value is None else value, one_of(units) if units else "no unit")
        return value

    @field_validator("total_guaranteed", "user_guaranteed", "instance_guaranteed")
    @classmethod
    def can_be_guaranteed(cls, value: Amount, others: ValidationInfo) -> Amount:
        """There is no unlimited guarantee, and none at all of what is only limited."""
        kind = _kind_of(others.data)
        if value == UNLIMITED:
            raise refused(value, "a number from 0, or 'unknown'")
        if value is not None and kind is not None and kind.limit_only:
            raise refused(value, "no guarantee, only limits")
        return _counted(value, kind)

    @field_validator("total_limit", "user_limit", "instance_limit")
    @classmethod
    def covers_its_guarantee(cls, value: Amount, others: ValidationInfo) -> Amount:
        """Who guarantees more than the limit promises what nobody gets."""
        guaranteed = others.data.get(f"{str(others.field_name).removesuffix('_limit')}_guaranteed")
        if isinstance(value, float) and isinstance(guaranteed, float) and value < guaranteed:
            raise refused(value, f"at least what is guaranteed, {guaranteed:g}")
        return _counted(value, _kind_of(others.data))

    @property
    def kind(self) -> Kind:
        """What its type means."""
        return KINDS[self.type]

    @property
    def about(self) -> About:
        """Two promises about the same thing have the same: there is room for one of them in an agreement."""
        return About(self.kind.quantity or f"{self.type}@{self.service or ''}")

    def restriction(self, scope: str, strength: str) -> float | str | None:
        """One of the six, by name: `total`, `user` or `instance`; `guaranteed` or `limit`."""
        value: float | str | None = getattr(self, f"{scope}_{strength}")
        return value


def _kind_of(fields: Mapping[str, object]) -> Kind | None:
    return KINDS.get(str(fields.get("type")))


def _counted(value: Amount, kind: Kind | None) -> Amount:
    if kind is not None and kind.whole and isinstance(value, float) and value != int(value):
        raise refused(value, "a whole number")
    return value
