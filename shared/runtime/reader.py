"""`/docs`: a reader for a service's description that needs nobody else's server."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

ASSETS: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>TITLE</title>
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


def reader_routes(title: str) -> APIRouter:
    """The page, and what it is made of: Swagger UI as it comes with `fastapi-offline`. It reads `openapi.json`."""
    router = APIRouter(include_in_schema=False)
    static = Path(str(files("fastapi_offline"))) / "static"

    @router.get("/docs")
    async def reader() -> HTMLResponse:
        return HTMLResponse(PAGE.replace("TITLE", title), headers={"content-security-policy": POLICY})

    @router.get("/docs/begin.js")
    async def begin() -> Response:
        return Response(BEGIN, media_type="text/javascript")

    for name, kind in ASSETS.items():
        router.add_api_route(f"/docs/{name}", _Asset(static / name, kind).send)
    return router


class _Asset:
    def __init__(self, path: Path, kind: str) -> None:
        self._path = path
        self._kind = kind

    async def send(self) -> FileResponse:
        return FileResponse(self._path, media_type=self._kind, headers={"cache-control": "public, max-age=86400"})
