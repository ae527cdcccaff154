"""What a client sends leaves no traceback in the log."""

import logging
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

_OTHERS = "PollerCompletionQueue"
"""gRPC's, of a server on an event loop that an earlier test has closed."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails the test in which the server logs an error or an exception."""
    with capture_logs() as lines:
        yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    errors = [record.getMessage() for record in records if record.levelno >= logging.ERROR or record.exc_info]
    assert not [error for error in errors if _OTHERS not in error]
    assert not [line for line in lines if line["log_level"] in ("error", "critical") or "exc_info" in line]
