"""Lines for people on a terminal."""

import re

from structlog.typing import EventDict, WrappedLogger

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def compact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A request's line begins with what was asked, how it ended and how long it took; its stages are one word each."""
    event.pop("span_id", None)
    if not event.pop("trace_sampled", True):
        event.pop("trace_id")
    if "method" in event:
        event.pop("route", None)
        asked = f"{event.pop('method')} {event.pop('path')}"
        event["event"] = f"{asked} {event.pop('status')} {_duration(event.pop('seconds'))}"
    if "stages" in event:
        event["stages"] = " ".join(f"{stage}={_duration(seconds)}" for stage, seconds in event["stages"].items())
    return event


def tamed(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Control characters escaped: what a client sent neither forges a line nor commands a terminal."""
    for name, value in event.items():
        if isinstance(value, str):
            lines = value.split("\n") if name == "exception" else [value]  # a traceback has them
            event[name] = "\n".join(_CONTROL.sub(lambda found: ascii(found[0])[1:-1], line) for line in lines)
    return event


def _duration(seconds: float) -> str:
    return f"{seconds:.2f}s" if seconds >= 1 else f"{1000 * seconds:.0f}ms"
