"""OpenTelemetry traces, when an endpoint is configured and the optional packages are installed.

Ventanilla's own correlation ids do not depend on this; with tracing off every function here does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from shared.contracts.envelope import Envelope

_tracer: Any = None


class TracingUnavailableError(Exception):
    """Traces were asked for, but the packages of requirements/tracing.txt are not installed."""


def configure_tracing(service: str, endpoint: str) -> None:
    """Send spans to an OTLP endpoint; an empty endpoint leaves tracing off.

    :raises TracingUnavailableError: the optional packages are missing.
    """
    global _tracer  # noqa: PLW0603 - one tracer per process, set once at start
    if not endpoint:
        return
    try:
        from opentelemetry import trace  # noqa: PLC0415 - an optional dependency
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise TracingUnavailableError("install requirements/tracing.txt or unset the OTLP endpoint") from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"ventanilla-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    _tracer = trace.get_tracer("ventanilla")


@contextmanager
def span(name: str, traceparent: str | None = None, **attributes: str) -> Iterator[None]:
    """A span that continues `traceparent`; events emitted inside carry it on."""
    if _tracer is None:
        yield
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    propagator = TraceContextTextMapPropagator()
    parent = propagator.extract({"traceparent": traceparent}) if traceparent else None
    with _tracer.start_as_current_span(name, context=parent, attributes=attributes):
        carrier: dict[str, str] = {}
        propagator.inject(carrier)
        with structlog.contextvars.bound_contextvars(traceparent=carrier.get("traceparent")):
            yield


@contextmanager
def span_of(envelope: Envelope) -> Iterator[None]:
    """The span of handling one event."""
    with span(f"handle {envelope.type}", envelope.traceparent, subject=str(envelope.subject)):
        yield
