"""Where entries go: into the log, to standard error, into a file, or nowhere."""

import errno
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.audit import Write

LOGGER: Final = "gateway.audit"
"""Of entries in the log; its level is not that of the rest."""
_STDERR: Final = 2
_log = structlog.get_logger(__name__)


class AuditError(Exception):
    """The audit log cannot be written; the text says why."""


def opened(target: str) -> Write:
    """Of "log", "stderr", "off", or a file's path. Raises AuditError for a file that cannot be written."""
    if target == "off":
        return lambda entry: None
    if target == "log":
        return _logged
    if target == "stderr":
        return Lines(partial(os.write, _STDERR)).write
    append = partial(_append, Path(target))
    try:
        append(b"")
    except OSError as error:
        raise AuditError(f"CUTOUT_AUDIT: {target} cannot be written: {error.strerror}") from error
    return Lines(append).write


def _logged(entry: dict[str, object]) -> None:
    """The log has a time of its own."""
    structlog.get_logger(LOGGER).info("audit", **{name: value for name, value in entry.items() if name != "time"})


def _append(path: Path, line: bytes) -> int:
    """Opened each time: whoever rotates the file need tell nobody. A pipe that nobody reads is no reason to wait."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
    file = os.open(path, flags, 0o600)
    with os.fdopen(file, "wb", buffering=0) as writer:
        return writer.write(line) or 0


class Lines:
    """Entries as lines of JSON in ASCII, each by one `append`, which returns how many of its bytes it took.

    No request fails because a line cannot be written: it is `lost`, and told once until lines can be written again.
    """

    def __init__(self, append: Callable[[bytes], int]) -> None:
        self._append = append
        self._torn = False
        self._failing = False
        self.lost = 0

    def write(self, entry: dict[str, object]) -> None:
        """Appends it, or counts it."""
        line = json.dumps(entry).encode() + b"\n"
        try:
            self._append_whole(b"\n" + line if self._torn else line)
        except OSError as error:
            self._lose(error)
        else:
            self._regain()

    def _append_whole(self, line: bytes) -> None:
        taken = self._append(line)
        self._torn = taken < len(line) and (taken > 0 or self._torn)
        if taken < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _lose(self, error: OSError) -> None:
        self.lost += 1
        if not self._failing:
            self._failing = True
            _log.error("the audit log cannot be written", reason=error.strerror)

    def _regain(self) -> None:
        if self._failing:
            self._failing = False
            _log.warning("the audit log is written again", lost=self.lost)
