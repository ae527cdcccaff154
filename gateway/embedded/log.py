"""Triton's output, line by line, into the gateway's log, and the reason in it when a start fails."""

import json
import logging
import re
from dataclasses import dataclass

from gateway.embedded.errors import ModelLoadError, StartError

_HEADER = re.compile(r"(?P<letter>[IWEF])\d{4} [\d:.]+ \d+ [\w.-]+:\d+\] ?(?P<text>.*)", re.DOTALL)
_LEVELS = {"I": logging.DEBUG, "W": logging.WARNING, "E": logging.ERROR, "F": logging.CRITICAL}
"""Triton informs about everything it sets up: for the gateway that is detail."""

_LEVEL_BY_TEXT = (
    (re.compile(r"^successfully (un)?loaded "), logging.INFO),
    # Said again, with model and version, by the line that follows it.
    (re.compile(r"^ERROR: Failed to create instance"), logging.DEBUG),
    # Its OpenTelemetry, of each batch of spans that a collector did not take; the gateway says so of its own, once.
    (re.compile(r"^\[(Error|Warning)\] File: \S*opentelemetry"), logging.DEBUG),
    # What Triton complains about on a machine without a GPU.
    (re.compile(r"CudaDriverHelper|CUDA driver|CUDA memory pool|pinned system memory|NVML|DCGM"), logging.DEBUG),
)
_LOAD_FAILURE = re.compile(
    r"failed to load '(?P<model>[^']+)' version (?P<version>\d+): (?:Internal: )?(?:TritonModelException: )?(?P<why>.+)",
    re.DOTALL,
)
_TRACEBACK = re.compile(r"\s*\n\s*At:\n.*", re.DOTALL)


@dataclass(frozen=True)
class LogLine:
    """One line of Triton's output: a `logging` level and the text without Triton's own header."""

    level: int
    text: str


def parse_line(line: str, previous: int = logging.DEBUG) -> LogLine:
    """Return level and text of one line; a line without a header continues the record before it, of level `previous`."""
    match = _HEADER.match(line)
    level, text = (previous, line) if match is None else (_LEVELS[match["letter"]], _unquoted(match["text"]))
    for pattern, special in _LEVEL_BY_TEXT:
        if pattern.search(text):
            return LogLine(special, text)
    return LogLine(level, text)


def _unquoted(text: str) -> str:
    try:
        decoded = json.loads(text, strict=False)
    except ValueError:
        return text
    return decoded if isinstance(decoded, str) else text


class TritonLog:
    """Passes Triton's lines on to a logger and remembers why a start failed."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._previous = logging.DEBUG
        self._refusal: str | None = None
        self._last_error: str | None = None

    def feed(self, line: str) -> None:
        """Take one line of output, without its line end."""
        parsed = parse_line(line, self._previous)
        self._previous = parsed.level
        if parsed.text.strip():
            self._logger.log(parsed.level, "%s", _TRACEBACK.sub("", parsed.text))
        if parsed.level >= logging.ERROR:
            self._remember(parsed.text)

    def _remember(self, text: str) -> None:
        if match := _LOAD_FAILURE.search(text):
            why = _TRACEBACK.sub("", match["why"])
            self._refusal = f"model {match['model']} version {match['version']} was refused: {why}"
        self._last_error = self._last_error if self._refusal else text

    def failure(self, otherwise: str) -> StartError:
        """Return the error that explains a failed start: a model's refusal, Triton's last error, or `otherwise`."""
        if self._refusal is not None:
            return ModelLoadError(self._refusal)
        return StartError(otherwise if self._last_error is None else f"{otherwise}: {self._last_error}")
