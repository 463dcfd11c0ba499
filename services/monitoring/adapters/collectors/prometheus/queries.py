"""What is asked of a Prometheus, and what its answers mean."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.monitoring.adapters.reading.answers import Answer, shown
from services.monitoring.adapters.reading.samples import ADDRESS, Name, Sample, Unseen, sample
from shared.contracts.topology import Json

PromQL = Annotated[str, Field(min_length=1, max_length=4_000)]
SHOWN = 3


class Entry(BaseModel):
    """What a site's file says of a service under `monitoring.prometheus`.

    prometheus:
      url: https://prometheus.bari.example.org
      queries:
        available: up{job="nova-api"}                             # half or more is yes
        latency_ms: 1000 * probe_duration_seconds{job="nova-api"}
        cpus_used: sum(openstack_nova_vcpus_used)                 # <quantity>_used: memory in MiB, disk in GiB
        create_responseTime: 1000 * rally_nova_boot_seconds       # anything else is a metric, times in ms
      time: min(timestamp(openstack_nova_vcpus_used))             # only where queries aggregate

    A query must give one series or a scalar: choose or aggregate in the query itself. A plain series is as old as its
    sample; what is computed is as old as `time` says, and without that as new as the query.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=ADDRESS)]
    queries: Annotated[dict[Name, PromQL], Field(min_length=1, max_length=50)]
    time: PromQL | None = None


def time_of(query: PromQL) -> PromQL:
    """Asks when the samples of another query were taken; an answer that bears its own time is always the query's."""
    return f"timestamp(\n{query}\n)"


def meaning(name: str, answer: Answer) -> Sample | Unseen:
    """What one answer says of a metric; its time is the one that Prometheus gives."""
    if not answer.ok:
        said = answer.mapping()
        return Unseen(name, f"refused with {answer.status}, {shown(said.get('errorType'))}: {shown(said.get('error'))}")
    found = answer.mapping("data")
    match found.get("resultType"), found.get("result"):
        case "scalar", [seconds, value]:
            return _sample(name, seconds, value)
        case "vector", []:
            return Unseen(name, "no sample")
        case "vector", [{"value": [seconds, value]}]:
            return _sample(name, seconds, value)
        case "vector", [{}, {}, *_] as series:
            return Unseen(name, f"{len(series)} series instead of one ({_shown(series)})")
        case kind, _:
            return Unseen(name, f"an answer of the kind {shown(kind, 20)}, where one series or a scalar is meant")


def _sample(name: str, seconds: Json, value: Json) -> Sample | Unseen:
    if not isinstance(seconds, int | float) or not isinstance(value, str):
        return Unseen(name, "neither number nor time can be read")
    return sample(name, value, seconds)


def _shown(series: list[dict[str, Json]]) -> str:
    labels = [shown(one.get("metric"), 80) for one in series[:SHOWN]]
    return ", ".join((*labels, *["…"][: len(series) - SHOWN]) if len(series) > SHOWN else labels)
