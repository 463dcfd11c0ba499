"""What an operator says about the simulated cloud."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """Whether there is a cloud to speak to, or everything stands at once in this process."""

    HTTP = "http"
    INSTANT = "instant"


class Settings(BaseModel):
    """Read whole or refused whole; keys may be in any case. README.md says what each one means."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    mode: Mode = Mode.HTTP
    url: AnyHttpUrl | None = None
    needs_access: bool = False
    timeout: float = Field(default=10, gt=0)

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> Self:
        """From the operator's keys and values; raises pydantic's `ValidationError`."""
        return cls.model_validate({key.lower(): value for key, value in settings.items()})

    @property
    def base(self) -> str | None:
        """The cloud's address without a slash at its end; `None`: each site's own endpoint is used."""
        return str(self.url).rstrip("/") if self.url else None
