"""Agreements in the shapes of the INDIGO generation, byte for byte.

Their words: preferences say `compute`, services say `computing`; weights are shares of the highest priority; dates are
as Java prints them; numbers are whole; what is unlimited or unknown is left out. Source: SLAM's `/rest/slam`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Response

from services.slam.domain.effective import promises_at
from services.slam.domain.promises import SCOPES, Promise
from services.slam.domain.record import Record
from services.slam.domain.sites import Sites
from shared.contracts.sites import OfferedService
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId

WORDS = (("compute", "computing"), ("storage", "storage"))


@dataclass(frozen=True, slots=True)
class Served:
    """A service that an agreement is about, and how much its group likes it."""

    agreement: str
    service: ServiceId
    word: str
    priority: int


def preferences(customer: str, records: Sequence[Record], sites: Sites, at: datetime) -> Json:
    """What a group prefers, and the agreements behind that."""
    served = [one for record in records for one in served_by(record, sites)]
    mine = [
        {"service_type": said, "priority": _weights([one for one in served if one.word == word])}
        for said, word in WORDS
    ]
    name = hashlib.sha1(customer.encode(), usedforsecurity=False).hexdigest()
    return {
        "preferences": [{"customer": customer, "preferences": mine, "id": name}],
        "sla": [{"customer": customer, **document(record, sites, at)} for record in records],
    }


def document(record: Record, sites: Sites, at: datetime) -> dict[str, Json]:
    """One agreement, without its customer."""
    promises = promises_at(record.terms, at)
    return {
        "provider": record.terms.site,
        "start_date": _date(record.terms.starts),
        "end_date": _date(record.terms.ends),
        "services": [
            {
                "type": one.word,
                "service_id": one.service,
                "targets": [_target(promise) for promise in promises if promise.service in (None, one.service)],
            }
            for one in served_by(record, sites)
        ],
        "id": record.id,
    }


def served_by(record: Record, sites: Sites) -> list[Served]:
    """The services of an agreement, in its order; all that the site has where it names none."""
    offered = {service.id: service for service in sites.services(record.terms.site)}
    return [
        Served(record.id, name, _word(offered.get(name)), _priority(record, offered.get(name)))
        for name in record.terms.services or tuple(offered)
    ]


def answer(body: Json) -> Response:
    """Compact JSON, as Java writes it."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text.encode(), media_type="application/json")


def _weights(served: Iterable[Served]) -> list[Json]:
    ordered = sorted(served, key=lambda one: (-one.priority, one.agreement, one.service))
    most = max((one.priority for one in ordered), default=0)
    return [
        {
            "sla_id": one.agreement,
            "service_id": one.service,
            "weight": max(0, one.priority) / most if most > 0 else 1.0,
        }
        for one in ordered
    ]


def _priority(record: Record, service: OfferedService | None) -> int:
    terms = record.terms
    return terms.priorities.get(service.type, terms.priority) if service else terms.priority


def _word(service: OfferedService | None) -> str:
    if service is None or service.kinds:
        return "computing"
    stores = "storage" in service.type or service.rse is not None or bool(service.spaces)
    return "storage" if stores else "computing"


def _target(promise: Promise) -> Json:
    names = [(scope, strength) for scope in SCOPES for strength in ("guaranteed", "limit")]
    values = {f"{scope}_{strength}": promise.restriction(scope, strength) for scope, strength in names}
    whole = {name: int(value) for name, value in values.items() if isinstance(value, float)}
    return {"type": promise.type, "unit": promise.unit, "restrictions": whole}


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
