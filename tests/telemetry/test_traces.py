"""What a collector gets of a request that goes through a real gateway and a real Triton."""

import asyncio
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from gateway.telemetry.record import Record
from gateway.telemetry.traces import FLUSH_SECONDS, Traces
from tests.otlp import Receiver, Span, running_receiver
from tests.photos import photo
from tests.service import PROCESS, WITH_EFFECTS
from tests.serving import Serving, serving

PARENT = "00f067aa0ba902b7"
JPEG = photo("chelsea")
TRITONS = {"InferRequest", "standin", "compute"}


def post(service: Serving, trace_id: str, *, path: str = PROCESS, flags: str = "01", **params: str) -> httpx.Response:
    headers = {"traceparent": f"00-{trace_id}-{PARENT}-{flags}", "X-Request-ID": trace_id}
    return httpx.post(f"{service.url}{path}", content=JPEG, headers=headers, params=params, timeout=30)


def into_triton(service: Serving, receiver: Receiver) -> dict[str, Span]:
    """The spans of a picture of which Triton has sent its own: it overlooks some (docs/tracing.md)."""
    ids = [uuid4().hex for _ in range(8)]
    for each in ids:
        assert post(service, each, use_cache="false").status_code == 200
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for each in ids:
            spans = {span.name: span for span in receiver.spans if span.trace_id == each}
            if spans.keys() >= TRITONS | {f"POST {PROCESS}"}:
                return spans
        time.sleep(0.05)
    raise AssertionError("Triton sent no spans")


def trace(receiver: Receiver, trace_id: str, *, names: set[str]) -> dict[str, Span]:
    """Its spans by their names, once those named are there."""
    return {span.name: span for span in receiver.trace(trace_id, lambda found: names <= {span.name for span in found})}


def test_one_trace_from_the_caller_into_triton(traced: Serving, receiver: Receiver) -> None:
    spans = into_triton(traced, receiver)
    root = spans[f"POST {PROCESS}"]
    assert root.parent_id == PARENT
    stages = {"receive", "decode", "infer", "compose", "effect color", "encode"}
    assert stages <= spans.keys()
    assert {spans[name].parent_id for name in stages} == {root.span_id}
    assert spans["InferRequest"].parent_id == spans["infer"].span_id
    assert spans["standin"].parent_id == spans["InferRequest"].span_id
    assert {span.service for span in spans.values()} == {"cutout-gateway", "cutout-triton"}
    assert {spans[name].service for name in TRITONS} == {"cutout-triton"}


def test_each_span_lies_within_the_one_above_it(traced: Serving, receiver: Receiver) -> None:
    before = time.time_ns()
    spans = into_triton(traced, receiver)
    after = time.time_ns()
    by_id = {span.span_id: span for span in spans.values()}
    slack = 2_000_000  # nanoseconds between the clocks of walls and of laps
    for span in spans.values():
        above = by_id.get(span.parent_id)
        begin, end = (before, after) if above is None else (above.begin, above.end)
        assert begin - slack <= span.begin <= span.end <= end + slack, span.name


def test_what_its_span_says_of_a_request(traced: Serving, receiver: Receiver) -> None:
    trace_id = uuid4().hex
    answer = post(traced, trace_id, use_cache="false", session_id="somebody-s")
    root = trace(receiver, trace_id, names={f"POST {PROCESS}"})[f"POST {PROCESS}"]
    assert root.attributes == {
        "http.request.method": "POST",
        "http.route": PROCESS,
        "http.response.status_code": 200,
        "http.response.body.size": len(answer.content),
        "cutout.request_id": trace_id,
        "cutout.model": "standin",
        "cutout.model_version": "1",
        "cutout.cache": "miss",
    }
    assert not root.failed
    assert not [span for span in receiver.spans if "somebody-s" in str(span)]


def test_effects_have_their_names(traced: Serving, receiver: Receiver) -> None:
    trace_id = uuid4().hex
    post(traced, trace_id, path=WITH_EFFECTS, effects="color,mosaic", use_cache="false")
    spans = trace(receiver, trace_id, names={f"POST {WITH_EFFECTS}"})
    assert {"effect color", "effect mosaic"} <= spans.keys()


def test_a_refusal_is_named(traced: Serving, receiver: Receiver) -> None:
    trace_id = uuid4().hex
    assert post(traced, trace_id, quality="much").status_code == 422
    root = trace(receiver, trace_id, names={f"POST {PROCESS}"})[f"POST {PROCESS}"]
    assert root.attributes["error.type"] == "invalid_parameter"
    assert root.attributes["http.response.status_code"] == 422
    assert not root.failed  # the fault is the client's


def test_a_call_that_fails_is_marked(traced: Serving, receiver: Receiver) -> None:
    trace_id = uuid4().hex
    assert post(traced, trace_id, model_version="77", use_cache="false").status_code == 422
    infer = trace(receiver, trace_id, names={"infer", f"POST {PROCESS}"})["infer"]
    assert (infer.failed, infer.attributes["error.type"]) == (True, "unknown_version")


def test_who_waits_for_another_s_work_points_at_it(traced: Serving, receiver: Receiver) -> None:
    ids = [uuid4().hex for _ in range(6)]
    with ThreadPoolExecutor(len(ids)) as pool:
        answers = list(pool.map(lambda each: post(traced, each, use_cache="false", output_format="png"), ids))
    first = [each for each, answer in zip(ids, answers, strict=True) if answer.headers["x-cache"] == "miss"]
    joined = [each for each, answer in zip(ids, answers, strict=True) if answer.headers["x-cache"] == "coalesced"]
    assert joined, "none came while another's was under way"
    for each in joined:
        spans = trace(receiver, each, names={"join", f"POST {PROCESS}"})
        (leader,) = spans[f"POST {PROCESS}"].links
        assert leader in first
        assert "infer" not in spans


@pytest.mark.parametrize(
    ("path", "flags"),
    [(PROCESS, "00"), ("/health/ready", "01"), ("/metrics", "01")],
    ids=["not sampled", "a probe", "figures"],
)
def test_no_trace_of(traced: Serving, receiver: Receiver, path: str, flags: str) -> None:
    trace_id = uuid4().hex
    headers = {"traceparent": f"00-{trace_id}-{PARENT}-{flags}"}
    answer = httpx.request("POST" if path == PROCESS else "GET", traced.url + path, content=JPEG, headers=headers)
    assert answer.status_code == 200
    into_triton(traced, receiver)  # each of the two sends in order
    assert not [span for span in receiver.spans if span.trace_id == trace_id]


def test_what_has_no_caller_is_sampled_by_its_share(traced: Serving, receiver: Receiver) -> None:
    name, later = uuid4().hex, uuid4().hex
    httpx.post(traced.url + PROCESS, content=JPEG, headers={"X-Request-ID": name})
    post(traced, later)
    trace(receiver, later, names={f"POST {PROCESS}"})
    assert not [span for span in receiver.spans if span.attributes.get("cutout.request_id") == name]


def test_everything_is_sampled_with_a_share_of_one_and_sent_at_the_end(tmp_path: Path) -> None:
    with running_receiver() as receiver:
        with serving(tmp_path / "service", CUTOUT_OTLP=receiver.url, CUTOUT_TRACE_SHARE="1") as service:
            httpx.post(service.url + PROCESS, content=JPEG).raise_for_status()
            service.stop()
        (root,) = [span for span in receiver.spans if span.name == f"POST {PROCESS}"]
        assert root.parent_id == ""
        assert "infer" in {span.name for span in receiver.spans if span.trace_id == root.trace_id}


def test_a_collector_that_is_away_costs_one_line(tmp_path: Path) -> None:
    with serving(tmp_path / "service", CUTOUT_OTLP="http://127.0.0.1:9", CUTOUT_TRACE_SHARE="1") as service:
        for _ in range(2):
            httpx.post(service.url + PROCESS, content=JPEG).raise_for_status()
            time.sleep(1.2)  # longer than spans wait to be sent
        begin = time.monotonic()
        service.stop()
        assert time.monotonic() - begin < 10
        alarming = [line for line in service.lines() if line["severity"] not in ("INFO", "DEBUG")]
        assert [line["message"] for line in alarming] == ["traces cannot be sent, and are dropped"]
        assert "refused" in alarming[0]["reason"]


def test_nobody_waits_long_for_a_collector_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        traces = Traces(f"http://127.0.0.1:{silent.getsockname()[1]}", 1.0, "1", "r")
        trace = traces.begin("GET", None)
        trace.end(Record("GET", "/version", "", "r", time.time(), route="/version", status=200))
        begin = time.monotonic()
        asyncio.run(traces.close())
        assert time.monotonic() - begin < 2 * FLUSH_SECONDS


def test_where_traces_are_off_opentelemetry_is_not_there() -> None:
    program = (
        "import sys; from gateway.app import create_app; from gateway.settings import Settings;"
        "create_app(Settings(model='m'), '127.0.0.1:1');"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
