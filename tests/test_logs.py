"""What a client sent stays within its line, and the audit log is there however little is logged."""

import json
import subprocess
import sys

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
    assert request["path"] == triton["event"] == audit["object"] == HOSTILE
    assert audit["event"] == "audit"
