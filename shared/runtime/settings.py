"""What every service must be told. Read once, in `main`, refused whole with every error at once."""

import sys
from datetime import timedelta
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings

S = TypeVar("S", bound=BaseSettings)


def _seconds(value: object) -> object:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


Duration = Annotated[timedelta, BeforeValidator(_seconds)]
"""A time span in the environment: a number of seconds, or ISO 8601 such as `PT5M`."""


class ServiceSettings(BaseSettings):
    """Settings that all services share; each subclass adds its own under a prefix of its name."""

    database_url: str = Field(description="postgresql+asyncpg://role:password@host:port/database")
    kafka: str = Field(description="bootstrap servers, host:port[,host:port]")
    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|plain)$")
    otlp_endpoint: str | None = Field(default=None, description="where traces go, OTLP over HTTP")
    topic_replication: int = Field(default=1, ge=1)


def load(kind: type[S]) -> S:
    """Settings from the environment. Prints every problem by its variable's name and exits with 2 when one is wrong."""
    try:
        return kind()
    except ValidationError as problems:
        prefix = str(kind.model_config.get("env_prefix", ""))
        for problem in problems.errors():
            name = "__".join(str(part) for part in problem["loc"]).upper()
            sys.stderr.write(f"{prefix}{name}: {problem['msg']}\n")
        raise SystemExit(2) from None
