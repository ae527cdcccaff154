"""The images' own health check: 0 while the service answers 200, 1 otherwise."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def checked(address: str, **environ: str) -> int:
    command = [sys.executable, "-I", "-S", str(ROOT / "deploy" / "healthcheck.py"), address]
    return subprocess.run(command, env=os.environ | environ, capture_output=True).returncode


@pytest.mark.parametrize(("path", "code"), [("/health/live", 0), ("/nowhere", 1)], ids=["200", "404"])
def test_it_says_what_the_service_says(url: str, path: str, code: int) -> None:
    port = url.rpartition(":")[2]
    assert checked(f"http://127.0.0.1:$PORT{path}", PORT=port) == code


def test_nobody_there_is_unhealthy() -> None:
    assert checked("http://127.0.0.1:1/") == 1
