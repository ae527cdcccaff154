"""One line a request, as loud as what it says; probes are silent until they fail, and then say so once."""

import pytest
from structlog.testing import capture_logs

from gateway.telemetry.access_log import AccessLog
from gateway.telemetry.record import Record


def record(path: str, status: int, code: str = "") -> Record:
    return Record("GET", path, "", "r", 0.0, route=path, status=status, code=code)


def levels(*records: Record) -> list[str]:
    log = AccessLog()
    with capture_logs() as lines:
        for each in records:
            log.observe(each)
    assert len(lines) == len(records)
    return [line["log_level"] for line in lines]


@pytest.mark.parametrize(
    ("status", "code", "level"),
    [
        (200, "", "info"),
        (422, "invalid_parameter", "info"),
        (499, "", "info"),
        (500, "internal_error", "error"),
        (503, "overloaded", "warning"),
        (503, "starting", "warning"),
        (504, "inference_timeout", "warning"),
    ],
)
def test_how_loud(status: int, code: str, level: str) -> None:
    assert levels(record("/api/v2/process", status, code)) == [level]


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics"])
def test_probes_are_silent(path: str) -> None:
    assert levels(record(path, 200), record(path, 200)) == ["debug", "debug"]


def test_a_start_is_told_once_and_alarms_nobody() -> None:
    starting, ready = record("/health/ready", 503, "starting"), record("/health/ready", 200)
    assert levels(starting, starting, ready, ready, starting) == ["info", "debug", "debug", "debug", "info"]


def test_another_failure_is_news() -> None:
    starting, full = record("/health/ready", 503, "starting"), record("/health/ready", 503, "overloaded")
    assert levels(starting, full, full, starting) == ["info", "warning", "debug", "info"]
