"""Whose trace a request says that it belongs to, by either header; what is malformed says nothing."""

import pytest
from starlette.datastructures import Headers

from gateway.telemetry.trace_context import TraceContext, found

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


def read(**headers: str | list[str]) -> TraceContext | None:
    lines = [(name, [given] if isinstance(given, str) else given) for name, given in headers.items()]
    return found(Headers(raw=[(n.replace("_", "-").encode(), each.encode()) for n, many in lines for each in many]))


def test_the_standard_header_and_its_state() -> None:
    context = read(traceparent=PARENT, tracestate=["a=1", "b=2"])
    assert context == TraceContext(TRACE, SPAN, sampled=True, state="a=1,b=2")
    assert context.traceparent == PARENT


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True)])
def test_the_last_bit_says_whether_it_is_sampled(flags: str, sampled: bool) -> None:
    assert read(traceparent=f"00-{TRACE}-{SPAN}-{flags}").sampled is sampled


def test_a_later_version_may_say_more() -> None:
    assert read(traceparent=f"01-{TRACE}-{SPAN}-01-more").trace_id == TRACE


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(PARENT.upper(), id="capitals"),
        pytest.param(PARENT + "-more", id="more than version 00 says"),
        pytest.param(f"ff-{TRACE}-{SPAN}-01", id="no version"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", id="no trace"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", id="no span"),
        pytest.param(f"00-{TRACE[:-1]}-{SPAN}-01", id="short"),
        pytest.param([PARENT, PARENT], id="twice"),
    ],
)
def test_what_is_malformed_names_no_trace(text: str) -> None:
    assert read(traceparent=text, x_cloud_trace_context=f"{TRACE}/1;o=1") is None


def test_too_long_a_state_is_not_handed_on() -> None:
    assert read(traceparent=PARENT, tracestate="a=" + 511 * "x").state == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{TRACE}/74;o=1", TraceContext(TRACE, f"{74:016x}", sampled=True)),
        (f"{TRACE}/74;o=0", TraceContext(TRACE, f"{74:016x}", sampled=False)),
        (f"{TRACE}/{2**64 - 1}", TraceContext(TRACE, 16 * "f", sampled=False)),
        (f"{TRACE}/{2**64}", None),
        (f"{TRACE}/0;o=1", None),
        (TRACE, None),
        ("nonsense", None),
    ],
)
def test_google_s_header_where_there_is_no_other(text: str, expected: TraceContext | None) -> None:
    assert read(x_cloud_trace_context=text) == expected


def test_the_standard_header_counts_first() -> None:
    assert read(traceparent=PARENT, x_cloud_trace_context=f"{'a' * 32}/1;o=1").trace_id == TRACE


def test_none_of_them() -> None:
    assert read() is None
