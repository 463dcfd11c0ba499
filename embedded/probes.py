"""Questions that show whether a part does its work, not only that something listens."""

import asyncio
import socket
import threading

import httpx
import psycopg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

QUESTION_SECONDS = 2.0


def answers(url: str, *, status: int = 200) -> bool:
    """Whether a GET of this URL is answered with this status."""
    try:
        return httpx.get(url, timeout=QUESTION_SECONDS, trust_env=False).status_code == status
    except httpx.HTTPError:
        return False


def speaks_http(url: str) -> bool:
    """Whether a GET of this URL is answered at all."""
    try:
        httpx.get(url, timeout=QUESTION_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def kafka_answers(bootstrap: str) -> bool:
    """Whether a broker lists itself as a member of its cluster."""
    host, _, port = bootstrap.partition(",")[0].rpartition(":")
    try:
        socket.create_connection((host, int(port)), QUESTION_SECONDS).close()
    except OSError:
        return False
    found: list[bool] = []
    worker = threading.Thread(target=lambda: found.append(asyncio.run(_describes_itself(bootstrap))))
    worker.start()
    worker.join()
    return found == [True]


def postgres_answers(url: str) -> bool:
    """Whether a query is answered."""
    try:
        with psycopg.connect(url, connect_timeout=int(QUESTION_SECONDS)) as connection:
            connection.execute("select 1")
    except psycopg.Error:
        return False
    return True


async def _describes_itself(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(QUESTION_SECONDS * 1000))
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
