"""The log of a real service, line by line, as a machine reads it."""

import socket
import time
from typing import Any
from uuid import uuid4

import httpx
from structlog.testing import capture_logs

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, running_gateway
from tests.serving import Serving

JPEG = photo("chelsea")
TRACE, SPAN = "logging.googleapis.com/trace", "logging.googleapis.com/spanId"


def lines_of(service: Serving, name: str, count: int = 1) -> list[dict[str, Any]]:
    """Those of one request; a request's line is written when its client has its answer already."""
    end = time.monotonic() + 10
    while len(found := [line for line in service.lines() if line.get("request_id") == name]) < count:
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def test_a_start_is_clean_and_triton_speaks_in_the_same_stream(traced: Serving) -> None:
    lines = traced.lines()
    begin = lines[: next(number for number, line in enumerate(lines) if line["message"] == "serving")]
    assert {line["severity"] for line in begin} == {"INFO"}
    assert next(line["message"] for line in begin if line["logger"] == "triton") == "successfully loaded 'standin'"
    assert len(begin) < 12


def test_a_picture(traced: Serving) -> None:
    name, trace_id = uuid4().hex, uuid4().hex
    headers = {"X-Request-ID": name, "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    answer = httpx.post(traced.url + PROCESS, content=JPEG, headers=headers, params={"use_cache": "false"}, timeout=30)
    (line,) = lines_of(traced, name)
    assert (line["severity"], line["message"], line["logger"]) == ("INFO", "request", "gateway.access")
    assert line[TRACE] == f"projects/a-project/traces/{trace_id}"
    assert line["logging.googleapis.com/trace_sampled"] is True
    assert line[SPAN] != "00f067aa0ba902b7"  # the gateway's own
    request = line["httpRequest"]
    assert (request["requestMethod"], request["requestUrl"], request["status"]) == ("POST", PROCESS, 200)
    assert request["responseSize"] == str(len(answer.content))
    assert request["remoteIp"] == "127.0.0.0/24"
    assert float(request["latency"].removesuffix("s")) >= sum(line["stages"].values()) - 0.001
    assert {"decode", "infer", "encode"} <= line["stages"].keys()
    assert (line["model"], line["version"], line["cache"]) == ("standin", "1", "miss")


def test_a_refusal(traced: Serving) -> None:
    name = uuid4().hex
    httpx.post(traced.url + PROCESS, content=b"no picture", headers={"X-Request-ID": name})
    (line,) = lines_of(traced, name)
    assert (line["severity"], line["httpRequest"]["status"], line["code"]) == ("INFO", 415, "unsupported_image")
    assert line["detail"]
    assert TRACE not in line


def test_google_s_header_says_where_a_line_belongs(traced: Serving) -> None:
    name, trace_id = uuid4().hex, uuid4().hex
    headers = {"X-Request-ID": name, "X-Cloud-Trace-Context": f"{trace_id}/255;o=0"}
    httpx.get(f"{traced.url}/version", headers=headers)
    (line,) = lines_of(traced, name)
    assert line[TRACE] == f"projects/a-project/traces/{trace_id}"
    assert (line[SPAN], line["logging.googleapis.com/trace_sampled"]) == (f"{255:016x}", False)


def test_probes_say_nothing(traced: Serving) -> None:
    probe, later = uuid4().hex, uuid4().hex
    for path in ("/health", "/health/live", "/health/ready", "/metrics"):
        assert httpx.get(traced.url + path, headers={"X-Request-ID": probe}).status_code == 200
    httpx.get(f"{traced.url}/version", headers={"X-Request-ID": later})
    lines_of(traced, later)
    assert not lines_of(traced, probe, count=0)


def test_a_scrape_during_a_start_alarms_nobody() -> None:
    settings = Settings(model="standin_demo", triton_metrics="http://127.0.0.1:9/metrics")
    with capture_logs() as lines, running_gateway(settings, "127.0.0.1:9") as url:
        assert "cutout_triton_scraped 0.0" in httpx.get(f"{url}/metrics").text
        assert httpx.get(f"{url}/health/ready").status_code == 503
    demonstration = [line for line in lines if line["log_level"] not in ("info", "debug")]
    assert all("demonstration model" in line["event"] for line in demonstration)


def test_what_is_no_request_has_a_line_with_the_name_that_its_sender_was_told(traced: Serving) -> None:
    url = httpx.URL(traced.url)
    with socket.create_connection((url.host, url.port)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.recv(4096).decode()
    name = answer.split("X-Request-ID: ")[1].split("\r\n")[0]
    (line,) = lines_of(traced, name)
    assert (line["message"], line["code"]) == ("refused", "malformed_request")
