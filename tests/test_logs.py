"""Lines for people and for Google. What a client sent stays within its line; the audit log is there whatever else is logged."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from gateway.logs.cloud import cloud
from gateway.logs.console import compact

HOSTILE = "/a\nFORGED\x1b[31m\u202e"
PROGRAM = """
import logging, sys, structlog
from gateway import logs
style, hostile = sys.argv[1], sys.argv[2]
logs.configure("error", style)
structlog.get_logger("x").error("request", path=hostile)
logging.getLogger("triton").error("%s", hostile)
structlog.get_logger("gateway.audit").info("audit", object=hostile)
structlog.get_logger("x").info("not asked for")
"""


def lines(style: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM, style, HOSTILE]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return done.stderr.splitlines()


def test_for_people() -> None:
    request, triton, audit = lines("console")
    for line in (request, triton, audit):
        assert "/a\\nFORGED\\x1b[31m\\u202e" in line
        assert line.isprintable()


def test_for_machines() -> None:
    request, triton, audit = (json.loads(line) for line in lines("json"))
    assert request["path"] == triton["message"] == audit["object"] == HOSTILE
    assert audit["message"] == "audit"
    assert (request["severity"], triton["severity"], audit["severity"]) == ("ERROR", "ERROR", "INFO")
    assert (triton["logger"], audit["logger"]) == ("triton", "gateway.audit")
    assert datetime.fromisoformat(request["time"]).tzinfo is UTC


REQUEST = {
    "level": "info",
    "event": "request",
    "timestamp": "2026-01-01T00:00:00Z",
    "method": "POST",
    "path": "/api/v2/process",
    "route": "/api/v2/process",
    "client": "192.0.2.0/24",
    "status": 200,
    "seconds": 1.2345678,
    "bytes": 6,
    "cache": "miss",
    "stages": {"receive": 0.0001, "decode": 0.0123, "infer": 1.2},
    "trace_id": "4bf9" * 8,
    "span_id": "00f0" * 4,
    "trace_sampled": True,
}


def test_a_request_in_google_s_shape() -> None:
    assert cloud("a-project")(None, "", dict(REQUEST)) == {
        "severity": "INFO",
        "message": "request",
        "time": "2026-01-01T00:00:00Z",
        "logging.googleapis.com/trace": "projects/a-project/traces/" + "4bf9" * 8,
        "logging.googleapis.com/spanId": "00f0" * 4,
        "logging.googleapis.com/trace_sampled": True,
        "httpRequest": {
            "requestMethod": "POST",
            "requestUrl": "/api/v2/process",
            "status": 200,
            "responseSize": "6",
            "latency": "1.234568s",
            "remoteIp": "192.0.2.0/24",
        },
        "route": "/api/v2/process",
        "cache": "miss",
        "stages": {"receive": 0.0001, "decode": 0.0123, "infer": 1.2},
    }


def test_what_is_not_known_is_not_said() -> None:
    shaped = cloud("")(None, "", {**REQUEST, "client": ""})
    assert "remoteIp" not in shaped["httpRequest"]
    assert shaped["logging.googleapis.com/trace"] == REQUEST["trace_id"]
    plain = cloud("p")(None, "", {"level": "warning", "event": "x", "timestamp": "t", "reason": "y"})
    assert plain == {"severity": "WARNING", "message": "x", "time": "t", "reason": "y"}


@pytest.mark.parametrize("sampled", [True, False])
def test_a_request_for_people(sampled: bool) -> None:
    assert compact(None, "", {**REQUEST, "trace_sampled": sampled}) == {
        "level": "info",
        "event": "POST /api/v2/process 200 1.23s (decode 12ms, infer 1.20s)",
        "timestamp": "2026-01-01T00:00:00Z",
        "client": "192.0.2.0/24",
        "bytes": 6,
        "cache": "miss",
        **({"trace_id": REQUEST["trace_id"]} if sampled else {}),
    }
