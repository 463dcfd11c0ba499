"""`/openapi.json`: what the API promises."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

FRAMEWORKS_REFUSAL = "Validation Error"
OPEN = {"/", "/info"}
ABOUT = """Ask for a deployment with a TOSCA template, and watch it find a site that runs it.

Every refusal has the same body: `code`, `title` and `message`, and the members of RFC 9457. Every answer has an
`X-Request-ID`; quote it when you report a problem."""


def show_manual(app: FastAPI, version: str) -> None:
    """Describe the API in the place of the framework."""
    app.openapi = cache(lambda: _description(app, version))  # type: ignore[method-assign]


def _description(app: FastAPI, version: str) -> dict[str, Any]:
    told = get_openapi(title="Corale", version=version, description=ABOUT, routes=app.routes)
    schemes = told.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    for path, operations in told["paths"].items():
        for operation in operations.values():
            if operation["responses"].get("422", {}).get("description") == FRAMEWORKS_REFUSAL:
                del operation["responses"]["422"]  # what cannot be read is 400 here
            operation["security"] = [] if path in OPEN else [{"bearer": []}]
    return told
