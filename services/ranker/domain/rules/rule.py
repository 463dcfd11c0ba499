"""One rule: when it holds, and what it does then."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from services.ranker.domain.rules.condition import condition
from services.ranker.domain.rules.names import term_names
from shared.contracts.vocabulary import Value

NAME = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,126}$"
Sentence = Annotated[str, Field(min_length=1, max_length=500)]
Times = Annotated[float, Field(gt=1, le=1000, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
EFFECTS = ("reject", "priority", "prefer", "avoid", "weigh")


class Rule(Value):
    """`when` is a condition; at least one effect follows.

    `reject`: the place is refused, for this reason; `unless` says what would help. `priority`: its class instead of the
    agreement's. `prefer`, `avoid`: its index counts so many times as much, or as little. `weigh`: a term counts so many
    times as much; 0 switches it off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=NAME)]
    when: str
    reject: Sentence | None = None
    unless: Annotated[str, Field(max_length=500)] = ""
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None
    prefer: Times | None = None
    avoid: Times | None = None
    weigh: dict[str, Weight] = Field(default_factory=dict)

    @field_validator("when")
    @classmethod
    def _can_be_asked(cls, text: str) -> str:
        condition(text)
        return text

    @field_validator("weigh")
    @classmethod
    def _are_terms(cls, weigh: dict[str, float]) -> dict[str, float]:
        known = sorted(term_names().values())
        if unknown := sorted(set(weigh) - set(known)):
            raise ValueError(f"there is no term {unknown[0]!r}; there are: {', '.join(known)}")
        return weigh

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not any((self.reject, self.priority is not None, self.prefer, self.avoid, self.weigh)):
            raise ValueError(f"the rule does nothing; it needs one of: {', '.join(EFFECTS)}")
        if self.reject and any((self.priority is not None, self.prefer, self.avoid, self.weigh)):
            raise ValueError("what is refused has no order; a rule that rejects does nothing else")
        return self

    @property
    def times(self) -> float:
        """What it does to the index."""
        return (self.prefer or 1.0) / (self.avoid or 1.0)

    @property
    def orders(self) -> bool:
        """Whether it has a say in the order, beside what terms are worth."""
        return self.priority is not None or bool(self.prefer or self.avoid)

    def effects(self) -> Iterator[str]:
        """What it does, in words."""
        if self.reject:
            yield f"rejects: {self.reject}"
        if self.priority is not None:
            yield f"puts it in class {self.priority}"
        if self.prefer:
            yield f"prefers it {self.prefer:g} times"
        if self.avoid:
            yield f"avoids it {self.avoid:g} times"
        for term, weight in self.weigh.items():
            yield f"weighs {term} {weight:g} times"


Rules = tuple[Rule, ...]
