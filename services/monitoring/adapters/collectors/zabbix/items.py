"""Which items of a Zabbix host are which metrics, and what their last values mean."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.monitoring.adapters.reading.answers import shown
from services.monitoring.adapters.reading.samples import ADDRESS, LATENCY, Name, Sample, Unseen, sample
from shared.contracts.topology import Json

LIFE = tuple(
    f"{step}_{what}"
    for step in ("clear", "create", "run", "delete", "openstack")
    for what in ("result", "status", "responseTime")
)
ONEDATA = ("storage_quota", "storage_used", "data_access", "block_access", "connected_users")
COUNTED = ("imstatus",)
BY_NAME = {name: name for name in (*LIFE, *ONEDATA, *COUNTED)}
BY_NAME |= {name.replace("_", ".", 1): name for name in LIFE}
"""Key, or its tail, to metric (federation.md 3.3)."""
WHOLE = re.compile(r"(master|qcg\.api\.read|pod|container)[.\[][A-Za-z0-9_.\[\]-]{1,100}")
"""Keys that are the metric's name as they are; they have dots of their own."""
REASONED = re.compile(r"\s*([01])\s+-\s")
UNSUPPORTED, ENABLED, TEXT = "1", "0", ("1", "4")
MILLISECONDS = 1000
BYTES = {"memory_used": 1 / 1024**2, "disk_used": 1 / 1024**3}


class Entry(BaseModel):
    """What a site's file says of a service under `monitoring.zabbix`.

    zabbix:
      url: https://zabbix.example.org/zabbix     # what its users open; `/api_jsonrpc.php` is added
      group: provider-X                          # absent: the site's id
      host: svc-os-1                             # technical or visible name; absent: the service's id
      items: {available: icmpping, cpus_used: "vm.cpus[used]"}  # by item key, beside those known by their names

    Items whose key is, or ends with a dot and, a name of the INDIGO generation (`create_responseTime`, dotted in its
    sources: `create.responseTime`) are known without being named. Amounts are in MiB and GiB and times in ms; items in
    `B` and `s` are converted. Unsupported, disabled and never measured items are absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(pattern=ADDRESS)]
    group: str | None = None
    host: str | None = None
    items: Annotated[dict[Name, str], Field(max_length=200)] = Field(default_factory=dict)


def metric_of(key: str, named: Mapping[str, str]) -> str | None:
    """The metric that an item's key stands for, by the site's own names (metric → key) first; `None` is none."""
    for metric, wanted in named.items():
        if key == wanted:
            return metric
    if WHOLE.fullmatch(key):
        return key
    return next((metric for tail, metric in BY_NAME.items() if key == tail or key.endswith(f".{tail}")), None)


def meanings(items: Sequence[Mapping[str, Json]], named: Mapping[str, str]) -> list[Sample | Unseen]:
    """What a host's items say; items that stand for no metric say nothing, those wanted and not there are unseen."""
    found: dict[str, Sample | Unseen] = {}
    for item in items:
        metric = metric_of(str(item.get("key_")), named)
        if metric is not None and not isinstance(found.get(metric), Sample):
            found[metric] = _meaning(metric, item)
    for metric, key in named.items():
        found.setdefault(metric, Unseen(metric, f"there is no item {key}"))
    return list(found.values())


def _meaning(metric: str, item: Mapping[str, Json]) -> Sample | Unseen:
    if item.get("status", ENABLED) != ENABLED:
        return Unseen(metric, "the item is disabled")
    if item.get("state") == UNSUPPORTED:
        return Unseen(metric, f"the item is not supported: {shown(item.get('error') or 'no reason given', 100)}")
    clock = str(item.get("lastclock"))
    if not clock.isdecimal() or clock == "0":
        return Unseen(metric, "no sample")
    value = str(item.get("lastvalue"))
    if item.get("value_type") in TEXT and (reasoned := REASONED.match(value)):
        value = reasoned.group(1)
    found = sample(metric, value, float(clock))
    factor = _factor(metric, str(item.get("units")))
    return found if factor == 1 or isinstance(found, Unseen) else found._replace(value=found.value * factor)


def _factor(metric: str, units: str) -> float:
    if units == "s" and (metric == LATENCY or metric.endswith("_responseTime")):
        return MILLISECONDS
    return BYTES.get(metric, 1) if units == "B" else 1
