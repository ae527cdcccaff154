"""How long starts have really taken, from the command to the first inference; kept over restarts."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import structlog

_log = structlog.get_logger(__name__)

KEPT: Final = 5


class ColdStarts:
    """The last starts of one model, in seconds, in a file of all models'; without a `path`, in memory.

    The first start begins when this is made. A file that cannot be read or written is logged and costs the estimate only.
    """

    def __init__(self, model: str, path: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._path = path
        self._clock = clock
        self._seconds = self._read().get(model, [])[-KEPT:]
        self._began: float | None = clock()
        self.ended = 0
        """How many starts have come to their end here."""
        self.last = 0.0
        """Seconds of the last of them."""
        self.losses = 0
        """How often the model has gone away since it first served."""

    def begin(self) -> None:
        """The model has to start again."""
        self.losses += 1
        self._began = self._clock()

    def end(self) -> float:
        """The model serves; the seconds it took."""
        seconds = self.elapsed
        self._began, self.ended, self.last = None, self.ended + 1, seconds
        self._seconds = [*self._seconds, round(seconds, 3)][-KEPT:]
        self._write({**self._read(), self._model: self._seconds})
        return seconds

    def remaining(self) -> float | None:
        """Seconds until the start under way should end, by the median of the last ones; None without any."""
        if not self._seconds:
            return None
        return max(statistics.median(self._seconds) - self.elapsed, 0.0)

    @property
    def elapsed(self) -> float:
        """Seconds of the start under way; 0 while there is none."""
        return 0.0 if self._began is None else self._clock() - self._began

    def _read(self) -> dict[str, list[float]]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, list[float]])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.warning("past starts are not known", file=str(self._path), cause=repr(error))
            return {}

    def _write(self, starts: dict[str, list[float]]) -> None:
        if self._path is None:
            return
        try:
            _replace(self._path, msgspec.json.encode(starts))
        except OSError as error:
            _log.warning("this start is not remembered", file=str(self._path), cause=repr(error))


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(path)
