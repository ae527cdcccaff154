"""Of which trace a request is a part: as it is told from one program to the next."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

_PARENT: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_CLOUD: Final = re.compile(r"(?P<trace>[0-9a-fA-F]{32})/(?P<span>[0-9]{1,20})(;o=(?P<sampled>[0-9]+))?")
_SAMPLED: Final = 1
_MOST_STATE: Final = 512


class Headers(Protocol):
    """Of a request."""

    def getlist(self, key: str, /) -> Sequence[str]:
        """The header's lines, in their order."""


class TraceContext(NamedTuple):
    """A span: `trace_id` in 32, `span_id` in 16 hexadecimal digits; `state` is what others want handed on."""

    trace_id: str
    span_id: str
    sampled: bool
    state: str = ""

    @property
    def traceparent(self) -> str:
        """As W3C Trace Context writes it, version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def found(headers: Headers) -> TraceContext | None:
    """The caller's span: by traceparent and tracestate, else by Google's X-Cloud-Trace-Context; None where neither names one.

    https://www.w3.org/TR/trace-context/, https://cloud.google.com/trace/docs/trace-context
    """
    parents = headers.getlist("traceparent")
    if parents:
        return _standard(parents[0].strip(), headers) if len(parents) == 1 else None
    return _cloud(",".join(headers.getlist("x-cloud-trace-context")))


def _standard(text: str, headers: Headers) -> TraceContext | None:
    parts = _PARENT.fullmatch(text)
    if parts is None or parts["version"] == "ff" or (parts["version"] == "00" and parts["more"]):
        return None
    state = ",".join(headers.getlist("tracestate"))
    sampled = bool(int(parts["flags"], 16) & _SAMPLED)
    return _valid(parts["trace"], parts["span"], sampled, state if len(state) <= _MOST_STATE else "")


def _cloud(text: str) -> TraceContext | None:
    parts = _CLOUD.fullmatch(text)
    if parts is None or int(parts["span"]) >= 1 << 64:
        return None
    sampled = bool(int(parts["sampled"] or 0) & _SAMPLED)
    return _valid(parts["trace"].lower(), f"{int(parts['span']):016x}", sampled)


def _valid(trace_id: str, span_id: str, sampled: bool, state: str = "") -> TraceContext | None:
    """Zeros name nothing."""
    return TraceContext(trace_id, span_id, sampled, state) if trace_id.strip("0") and span_id.strip("0") else None
