"""What the plumbing counts, for Prometheus."""

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.contracts.envelope import Envelope

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Meters:
    """The meters of one process. Each process has its own registry, so that several can live in one."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Register all meters."""
        self.registry = registry or CollectorRegistry()
        self._events = Counter("corale_events", "Messages handled", ["consumer", "type"], registry=self.registry)
        self._skipped = Counter(
            "corale_events_skipped", "Records of types the consumer does not know", ["consumer"], registry=self.registry
        )
        self._duplicates = Counter(
            "corale_events_duplicate", "Messages met again", ["consumer"], registry=self.registry
        )
        self._dead = Counter("corale_events_dead", "Messages set aside", ["consumer"], registry=self.registry)
        self._size = Histogram(
            "corale_batch_size", "Messages in a batch", ["consumer"], buckets=SIZES, registry=self.registry
        )
        self._time = Histogram(
            "corale_batch_seconds", "Time a batch took", ["consumer"], buckets=QUICK, registry=self.registry
        )
        self._delay = Histogram(
            "corale_event_delay_seconds",
            "From telling to handling",
            ["consumer"],
            buckets=QUICK,
            registry=self.registry,
        )
        self._relayed = Counter("corale_outbox_relayed", "Records the broker took", registry=self.registry)
        self.outbox_age = Gauge(
            "corale_outbox_age_seconds", "Age of the oldest record not yet relayed", registry=self.registry
        )
        self.outbox_size = Gauge("corale_outbox_size", "Records not yet relayed", registry=self.registry)
        self.lag = Gauge("corale_consumer_lag", "Records not yet taken", ["consumer", "topic"], registry=self.registry)

    def batch(self, consumer: str, envelopes: Sequence[Envelope], seconds: float, now: datetime) -> None:
        """A batch was handled."""
        for envelope in envelopes:
            self._events.labels(consumer, envelope.body.type()).inc()
        if envelopes:
            self._delay.labels(consumer).observe(max(0.0, (now - envelopes[0].time).total_seconds()))
        self._size.labels(consumer).observe(len(envelopes))
        self._time.labels(consumer).observe(seconds)

    def skipped(self, consumer: str) -> None:
        """A record of an unknown type was passed over."""
        self._skipped.labels(consumer).inc()

    def duplicates(self, consumer: str, count: int) -> None:
        """Messages came that had been handled before."""
        if count:
            self._duplicates.labels(consumer).inc(count)

    def dead(self, consumer: str, count: int) -> None:
        """Messages were set aside."""
        if count:
            self._dead.labels(consumer).inc(count)

    def relayed(self, count: int) -> None:
        """The broker took records."""
        self._relayed.inc(count)
