"""The documents of the old Zabbix wrapper, by its names."""

from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from services.monitoring.domain import wrapper
from shared.contracts.topology import Json
from shared.contracts.vocabulary import ServiceId


class _Document(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class History(NamedTuple):
    """Values of before, oldest first, and the seconds since 1970 at which they were measured; as text."""

    clocks: list[str]
    values: list[str]


class Metric(_Document):
    """One metric. A value that is too old is `null`, never 0, and a sentence stands where its time would."""

    name: str = Field(alias="metricName")
    key: str = Field(alias="metricKey")
    value: float | None = Field(alias="metricValue")
    time: str = Field(alias="metricTime")
    unit: str = Field(alias="metricUnit")
    thresholds: list[Json] = Field(default_factory=list, alias="paasThresholds")
    clocks: list[str] = Field(default_factory=list, alias="historyClocks")
    values: list[str] = Field(default_factory=list, alias="historyValues")

    @classmethod
    def of(cls, metric: wrapper.Metric) -> Self:
        """From what is known of it."""
        return cls(
            name=metric.name,
            key=metric.key,
            value=metric.value,
            time=metric.time,
            unit=metric.unit,
        )


class Service(_Document):
    """The metrics of one collector."""

    service_name: str = Field(alias="serviceName")
    metrics: list[Metric] = Field(alias="paasMetrics")

    def only(self, name: str) -> Self:
        """The same with the metrics of that name or key alone."""
        return self.model_copy(update={"metrics": [one for one in self.metrics if name in (one.name, one.key)]})


class Machine(_Document):
    """A service of a site, which the wrapper calls a host."""

    machine_name: ServiceId = Field(alias="machineName")
    ip: str
    service_category: str = Field(alias="serviceCategory")
    service_id: str = Field(alias="serviceId")
    services: list[Service]


class Group(_Document):
    """A site."""

    group_name: str = Field(alias="groupName")
    machines: list[Machine] = Field(alias="paasMachines")


class Meta(BaseModel):
    """The status once more, in the document."""

    status: int = 200


class Envelope(BaseModel):
    """What the wrapper puts around every answer."""

    meta: Meta = Meta()
    result: dict[str, list[Group] | list[dict[str, str]]]

    @classmethod
    def of(cls, **result: list[Group] | list[dict[str, str]]) -> Self:
        """Around this result."""
        return cls(result=result)
