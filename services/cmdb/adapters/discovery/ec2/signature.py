"""AWS Signature Version 4 of a POST with a form, as the AWS General Reference describes it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

ALGORITHM = "AWS4-HMAC-SHA256"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key. With a session token it is a passing one."""

    id: str
    secret: str = field(repr=False)
    session: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for."""

    region: str
    service: str = "ec2"


def signed(key: Key, scope: Scope, host: str, content: bytes, at: datetime) -> Mapping[str, str]:
    """The headers of a POST of `content` to the root of `host`, signed at `at` (UTC)."""
    time = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": FORM, "host": host, "x-amz-date": time}
    if key.session:
        headers["x-amz-security-token"] = key.session
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(content).hexdigest()}"
    where = f"{time[:8]}/{scope.region}/{scope.service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{time}\n{where}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(_signing_key(key, scope, time[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
    authorization = f"{ALGORITHM} Credential={key.id}/{where}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": authorization}


def _signing_key(key: Key, scope: Scope, day: str) -> bytes:
    step = f"AWS4{key.secret}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        step = hmac.new(step, part.encode(), hashlib.sha256).digest()
    return step
