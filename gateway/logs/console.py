"""Lines for people on a terminal."""

import re

from structlog.typing import EventDict, WrappedLogger

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WORTH_TELLING = 0.001


def compact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A request's line begins with what was asked, how it ended, how long it took, and with what."""
    event.pop("span_id", None)
    if not event.pop("trace_sampled", True):
        event.pop("trace_id")
    if "method" in event:
        event.pop("route", None)
        asked = f"{event.pop('method')} {event.pop('path')}"
        stages = [
            f"{stage} {_duration(spent)}" for stage, spent in event.pop("stages", {}).items() if spent >= _WORTH_TELLING
        ]
        ended = f"{event.pop('status')} {_duration(event.pop('seconds'))}"
        event["event"] = f"{asked} {ended}" + (f" ({', '.join(stages)})" if stages else "")
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
