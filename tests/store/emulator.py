"""Google Cloud Storage, emulated by a process that the tests start and stop; see gcs/emulator_process.py."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

PROGRAM = Path(__file__).parent / "gcs" / "emulator_process.py"
BUCKET = "pictures"


class Emulator:
    """A running one, or one that was killed; `faults` bends its answers from now on."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._faults = folder / "faults.json"
        self.faults()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def faults(self, **faults: Any) -> None:
        written = self._faults.with_suffix(".new")
        written.write_text(json.dumps(faults))
        written.replace(self._faults)  # which the process may be reading

    def start(self) -> None:
        """Empty, with one bucket; returns once it answers."""
        self._process = subprocess.Popen([sys.executable, PROGRAM, str(self.port), self._faults])
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/storage/v1/b/{BUCKET}", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError("the emulator does not answer")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@contextmanager
def running_emulator(folder: Path) -> Iterator[Emulator]:
    """One for clients that are made meanwhile."""
    emulator = Emulator(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STORAGE_EMULATOR_HOST", emulator.url)
        emulator.start()
        try:
            yield emulator
        finally:
            emulator.kill()
