"""Structured logs: one JSON object a line, ids bound once, never a payload or a secret."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|(?i:bearer)\s+[\w.~+/-]+=*")


def redact(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace anything that looks like a bearer token; the last fence, not the first."""
    for key, value in event.items():
        if isinstance(value, str) and ("eyJ" in value or "earer" in value):
            event[key] = TOKEN.sub("[token]", value)
    return event


def configure(service: str, level: str, style: str) -> None:
    """Send standard logging and structlog through one pipeline to standard error."""
    shared: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    render = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Away brokers are told dozens of times a second there; our own readiness and warnings tell it once.
    logging.getLogger("aiokafka").setLevel("CRITICAL")
    for noisy in ("httpx", "httpcore", "uvicorn.access", "watchfiles"):
        logging.getLogger(noisy).setLevel("WARNING")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
