"""A whole service, as operators start it, its log in JSON."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.standin import write_model


@dataclass
class Serving:
    """A service at `url`, whose log goes to a file."""

    url: str
    log: Path
    process: subprocess.Popen[str]

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged in JSON, as far as it is written; whatever else it writes fails the test."""
        whole, _, _ = self.log.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def stop(self, seconds: float = 15) -> None:
        """As Cloud Run does."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(seconds) == 0


@contextmanager
def serving(folder: Path, **environ: str) -> Iterator[Serving]:
    """A ready service with a stand-in model and a Triton of its own."""
    folder.mkdir()
    write_model(folder / "models")
    log = folder / "log"
    settings = {"CUTOUT_MODEL": "standin", "CUTOUT_REPOSITORY": str(folder / "models"), "CUTOUT_LOG_FORMAT": "json"}
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--port", "0"],
            cwd=ROOT,
            env=os.environ | settings | {"CUTOUT_STORE": "off"} | environ,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            yield Serving(_url(log, process), log, process)
        finally:
            process.kill()


def _url(log: Path, process: subprocess.Popen[str]) -> str:
    """Where it serves, once it says so."""
    serving = re.compile(r'^{.*"serving".*}$', re.MULTILINE)
    while not (said := serving.search(log.read_text())):
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    return json.loads(said[0])["url"]
