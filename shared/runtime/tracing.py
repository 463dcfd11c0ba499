"""Traces follow a deployment through headers and outbox: W3C trace context, exported when an endpoint is given."""

from collections.abc import Mapping

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def trace_to(endpoint: str | None, service: str) -> None:
    """Export spans of this process to `endpoint` (OTLP over HTTP); without one, contexts are only carried on."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"corale-{service}"}))
    if endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)


def context_from(headers: Mapping[str, str]) -> Context:
    """The trace context that came with a request."""
    return propagate.extract(dict(headers))


def current_trace() -> dict[str, str]:
    """The context of the span in hand, as headers to send along."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier
