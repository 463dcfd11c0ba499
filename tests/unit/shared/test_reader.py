"""Whoever reads a service's description asks nobody else for anything."""

import re

import httpx
from fastapi import FastAPI

from shared.runtime.reader import reader_routes


async def test_the_page_and_all_that_it_is_made_of_come_from_the_service_itself() -> None:
    app = FastAPI(title="Corale slam", docs_url=None)
    app.include_router(reader_routes("Corale slam"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://slam.test") as client:
        page = await client.get("/docs")
        sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        parts = [await client.get(f"/{source}") for source in sources]

    assert "<title>Corale slam</title>" in page.text
    assert len(sources) > 3
    assert all("://" not in source for source in sources)
    assert [part.status_code for part in parts] == [200] * len(sources)
    assert "default-src 'none'" in page.headers["content-security-policy"]
