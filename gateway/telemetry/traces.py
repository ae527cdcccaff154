"""Traces by OpenTelemetry: a span for each request that is sampled, and one for each of its stages.

Imported only where traces are on.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
    set_span_in_context,
)

from gateway.errors import GatewayError
from gateway.stopwatch import Lap
from gateway.telemetry import tracing
from gateway.telemetry.otlp import OTLPExporter
from gateway.telemetry.record import METHODS, UNANSWERED, Record
from gateway.telemetry.trace_context import TraceContext

FLUSH_SECONDS: Final = 2.0
"""At the end, for what has not been sent: the answers under way have had seven, and Cloud Run kills after ten."""
_DELAY_MS: Final = 1000
_MOST_WAITING: Final = 2048
_MOST_AT_ONCE: Final = 512


class Traces:
    """A `tracing.Tracer` that sends to the OTLP receiver at `url`.

    `share`, 0 to 1, of the requests are sampled whose caller has not decided. What waits to be sent is bounded, and goes
    out from a thread of its own: no request waits for it.
    """

    def __init__(self, url: str, share: float, version: str, revision: str) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=_resource(version, revision),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                OTLPExporter(url),
                max_queue_size=_MOST_WAITING,
                schedule_delay_millis=_DELAY_MS,
                max_export_batch_size=_MOST_AT_ONCE,
            )
        )
        self._tracer = self._provider.get_tracer("gateway", version)

    def begin(self, method: str, caller: TraceContext | None) -> "Trace | None":
        """See tracing.Tracer."""
        span = self._tracer.start_span(_method(method), _below(caller), SpanKind.SERVER)
        return Trace(self._tracer, span) if span.is_recording() else None

    async def close(self) -> None:
        """Sends what waits, for FLUSH_SECONDS at most: whoever stops the service waits for no collector."""
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True, name="traces")
        flushing.start()
        await asyncio.to_thread(flushing.join, FLUSH_SECONDS)


class Trace:
    """See tracing.Trace."""

    def __init__(self, tracer: Tracer, span: Span) -> None:
        self._tracer = tracer
        self._span = span
        self._below = set_span_in_context(span, Context())
        self.here = _context(span)

    @contextmanager
    def call(self, stage: str) -> Iterator[TraceContext]:
        """See tracing.Trace."""
        span = self._tracer.start_span(stage, self._below, SpanKind.CLIENT)
        try:
            yield _context(span)
        except GatewayError as error:
            span.set_attribute("error.type", error.code)
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()

    def link(self, other: TraceContext) -> None:
        """See tracing.Trace."""
        self._span.add_link(_span_context(other))

    def end(self, kept: Record) -> None:
        """See tracing.Trace; a probe's span is never ended, and what does not end is not sent."""
        if kept.is_probe:
            return
        for lap in kept.watch.laps:
            if lap.stage != tracing.CALLED:
                self._add(lap, kept)
        self._span.update_name(f"{_method(kept.method)} {kept.route}".strip())
        self._span.set_attributes(_attributes(kept))
        if kept.status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end(_nanoseconds(kept.began + kept.seconds))

    def _add(self, lap: Lap, kept: Record) -> None:
        """A stage that is over, as the span that it would have been."""
        offset = kept.began - kept.watch.began
        span = self._tracer.start_span(
            f"{lap.stage} {lap.what}".strip(), self._below, start_time=_nanoseconds(lap.begin + offset)
        )
        span.end(_nanoseconds(lap.end + offset))


def _resource(version: str, revision: str) -> Resource:
    return Resource(
        {
            "service.name": "cutout-gateway",
            "service.version": version,
            "service.instance.id": str(uuid4()),
            "vcs.ref.head.revision": revision,
        }
    )


def _attributes(kept: Record) -> dict[str, str | int]:
    """By OpenTelemetry's names where it has any: https://opentelemetry.io/docs/specs/semconv/http/http-spans/.

    No path, no query, no address: what is asked for may be somebody's, and the request's line in the log tells what it may.
    """
    found: dict[str, str | int] = {
        "http.request.method": kept.method if kept.method in METHODS else "_OTHER",
        "http.route": kept.route,
        "http.response.status_code": 0 if kept.status == UNANSWERED else kept.status,
        "http.response.body.size": kept.sent,
        "error.type": "client_gone" if kept.status == UNANSWERED else kept.code,
        "cutout.request_id": kept.request_id,
        "cutout.model": kept.model,
        "cutout.model_version": kept.version,
        "cutout.cache": kept.outcome,
    }
    return {name: value for name, value in found.items() if value}


def _method(method: str) -> str:
    return method if method in METHODS else "HTTP"


def _below(caller: TraceContext | None) -> Context:
    """A context of its own, never the running one: of that, OpenTelemetry's other users may have a say."""
    return Context() if caller is None else set_span_in_context(NonRecordingSpan(_span_context(caller)), Context())


def _span_context(told: TraceContext) -> SpanContext:
    return SpanContext(
        trace_id=int(told.trace_id, 16),
        span_id=int(told.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if told.sampled else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([told.state]) if told.state else None,
    )


def _context(span: Span) -> TraceContext:
    own = span.get_span_context()
    return TraceContext(f"{own.trace_id:032x}", f"{own.span_id:016x}", sampled=True, state=own.trace_state.to_header())


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
