"""The trace of the request that is running, for those along its way; nothing of it costs anything where there is none."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from gateway.telemetry.record import Record
from gateway.telemetry.trace_context import TraceContext

CALLED: Final = "infer"
"""The stage that another server has a part in: its span is there while it lasts, so that the server's can be below it."""


class Trace(Protocol):
    """A request's own span, of a trace that is sampled."""

    here: TraceContext

    def call(self, stage: str) -> AbstractContextManager[TraceContext]:
        """A span for the body, below this one."""

    def link(self, other: TraceContext) -> None:
        """The request has to do with that one, of another trace."""

    def end(self, kept: Record) -> None:
        """The request is over, and this is what is known of it."""


class Tracer(Protocol):
    """Whoever decides of which requests there are traces."""

    def begin(self, method: str, caller: TraceContext | None) -> Trace | None:
        """The span of a request, below its caller's; None where its trace is not sampled."""


_OF_REQUEST: ContextVar[Trace | None] = ContextVar("gateway.trace", default=None)
_CALL: ContextVar[TraceContext | None] = ContextVar("gateway.trace.call", default=None)


@contextmanager
def of_request(trace: Trace) -> Iterator[None]:
    """While the context lasts, what is done belongs to that request."""
    token = _OF_REQUEST.set(trace)
    try:
        yield
    finally:
        _OF_REQUEST.reset(token)


@contextmanager
def call() -> Iterator[None]:
    """The body asks another server: it is the stage CALLED."""
    trace = _OF_REQUEST.get()
    if trace is None:
        yield
        return
    with trace.call(CALLED) as span:
        token = _CALL.set(span)
        try:
            yield
        finally:
            _CALL.reset(token)


def passed_on() -> dict[str, str] | None:
    """Headers that tell the server that is asked of the span it is asked for; of no other trace does it hear."""
    span = _CALL.get()
    return None if span is None else {"traceparent": span.traceparent}


def here() -> TraceContext | None:
    """The running request's own span."""
    trace = _OF_REQUEST.get()
    return None if trace is None else trace.here


def link(other: TraceContext | None) -> None:
    """The running request waits for what `other` does."""
    trace = _OF_REQUEST.get()
    if trace is not None and other is not None:
        trace.link(other)
