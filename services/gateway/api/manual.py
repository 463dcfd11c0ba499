"""`/docs` and `/openapi.json`: the API's description, and a reader for it that needs nobody else's server."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

ASSETS: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
FRAMEWORKS_REFUSAL = "Validation Error"
FRAMEWORKS_OWN = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
OPEN = {"/", "/info"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Corale API</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="reader"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/begin.js"></script>
</body>
</html>
"""
BEGIN = """window.addEventListener("load", () => {
  SwaggerUIBundle({url: "openapi.json", dom_id: "#reader", deepLinking: true, validatorUrl: null});
});
"""
ABOUT = """Ask for a deployment with a TOSCA template, and watch it find a site that runs it.

Every refusal has the same body: `code`, `title` and `message`, and the members of RFC 9457. Every answer has an
`X-Request-ID`; quote it when you report a problem."""


def show_manual(app: FastAPI, version: str) -> None:
    """Put our reader in the place of the framework's, which fetches its parts from a stranger."""
    app.router.routes[:] = [route for route in app.routes if getattr(route, "path", "") not in FRAMEWORKS_OWN]
    known: dict[str, Any] = {}
    assets = files("fastapi_offline") / "static"

    @app.get("/openapi.json", include_in_schema=False)
    async def description() -> JSONResponse:
        if not known:
            known.update(_description(app, version))
        return JSONResponse(known)

    @app.get("/docs", include_in_schema=False)
    async def reader() -> HTMLResponse:
        return HTMLResponse(PAGE, headers={"content-security-policy": POLICY})

    @app.get("/docs/begin.js", include_in_schema=False)
    async def begin() -> Response:
        return Response(BEGIN, media_type="text/javascript")

    for name, kind in ASSETS.items():
        content = (assets / name).read_bytes()
        app.add_api_route(f"/docs/{name}", _Asset(content, kind).send, include_in_schema=False)


class _Asset:
    def __init__(self, content: bytes, kind: str) -> None:
        self._content = content
        self._kind = kind

    async def send(self) -> Response:
        return Response(self._content, media_type=self._kind, headers={"cache-control": "public, max-age=86400"})


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
