"""A request's place in its trace: where it came from, for the log, and a span of its own where its trace is sampled."""

from contextlib import AbstractContextManager, ExitStack

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gateway.telemetry import record, trace_context, tracing
from gateway.telemetry.trace_context import TraceContext
from gateway.telemetry.tracing import Trace, Tracer


class TracedMiddleware:
    """Outside whoever keeps the request's record; `tracer` is None where traces are off."""

    def __init__(self, app: ASGIApp, tracer: Tracer | None = None) -> None:
        self.app = app
        self.tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        caller = trace_context.found(Headers(scope=scope))
        trace = None if self.tracer is None else self.tracer.begin(scope["method"], caller)
        with ExitStack() as held:
            if trace is not None:
                held.callback(_end, trace, scope)
                held.enter_context(tracing.of_request(trace))
            if (told := caller if trace is None else trace.here) is not None:
                held.enter_context(_in_every_line(told))
            await self.app(scope, receive, send)


def _end(trace: Trace, scope: Scope) -> None:
    trace.end(record.get(scope))


def _in_every_line(told: TraceContext) -> AbstractContextManager[None]:
    return bound_contextvars(trace_id=told.trace_id, span_id=told.span_id, trace_sampled=told.sampled)
