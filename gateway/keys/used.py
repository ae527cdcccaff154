"""When each key was used last, in a file beside the keys: for whoever looks for those that nobody needs any more."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import structlog

SUFFIX: Final = ".used"
PAUSE_SECONDS: Final = 60.0
_log = structlog.get_logger(__name__)


def read(keys: Path) -> dict[str, datetime]:
    """By the keys' ids; what cannot be read is taken for nothing."""
    try:
        return msgspec.json.decode(_beside(keys).read_bytes(), type=dict[str, datetime])
    except (OSError, msgspec.DecodeError):
        return {}


class LastUsed:
    """Notes uses in memory and writes them once in a while, together with what other services wrote."""

    def __init__(self, keys: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._keys = keys
        self._clock = clock
        self._times: dict[str, datetime] = {}
        self._complained = False

    def note(self, key_id: str) -> None:
        """The key of that id, which is one of the file's, is used."""
        self._times[key_id] = self._clock()

    async def watch(self) -> None:
        """Writes every minute, and when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(PAUSE_SECONDS)
                await asyncio.to_thread(self.write)
        finally:
            self.write()

    def write(self) -> None:
        """Adds what was noted to the file. Where that cannot be written it is said once: keys are often mounted read-only."""
        noted, self._times = self._times, {}
        if not noted:
            return
        found, path = read(self._keys), _beside(self._keys)
        times = found | {name: max(time, found.get(name, time)) for name, time in noted.items()}
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            partial.write_bytes(msgspec.json.encode(times, order="sorted"))
            partial.replace(path)
        except OSError as error:
            self._times = noted | self._times
            self._complain(path, error)

    def _complain(self, path: Path, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            _log.warning("when keys are used cannot be written", path=str(path), reason=error.strerror)


def _beside(keys: Path) -> Path:
    return keys.with_name(keys.name + SUFFIX)
