"""scripts/smoke against real services: what passes, and each thing that has to fail."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.keys.file import changing
from gateway.settings import Settings
from tests.deploy.manifests import VALUES
from tests.service import Triton, running_gateway, wait_until_ready

REVISION = VALUES["REVISION"]
SMOKE = Path(__file__).parents[2] / "scripts" / "smoke"


def smoke(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    quick = {"SMOKE_SECONDS": "1"}
    return subprocess.run(
        [str(SMOKE), *arguments], env=os.environ | quick | environ, capture_output=True, text=True, timeout=60
    )


def test_a_service_that_is_what_it_should_be(deployed: str) -> None:
    done = smoke(f"{deployed}/", REVISION)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"runs {REVISION} and cuts out (inspyrenet/1, " in done.stdout


def test_another_revision(deployed: str) -> None:
    done = smoke(deployed, "ffffffffffff")
    assert done.returncode == 1
    assert f"runs revision {REVISION}, not ffffffffffff" in done.stderr


def test_another_model(url: str) -> None:
    done = smoke(url, "unknown")
    assert done.returncode == 1
    assert "was cut out by standin_demo/1, not by inspyrenet" in done.stderr


def test_nobody_there() -> None:
    done = smoke("http://127.0.0.1:9", REVISION)
    assert done.returncode == 1
    assert "not ready: /health/ready answers 000" in done.stderr


def test_a_model_that_never_comes() -> None:
    with running_gateway(Settings(revision=REVISION), "127.0.0.1:9") as url:
        done = smoke(url, REVISION)
    assert done.returncode == 1
    assert "/health/ready answers 503" in done.stderr


def a_key(path: Path) -> str:
    """Of a new file of keys at `path`."""
    with changing(path) as change:
        change.ring, key = change.ring.created("smoke", ("process",), (), None, datetime.now(UTC))
    return key.text


def test_a_service_that_lets_nobody_in_without_a_key(triton: Triton, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    secret = a_key(keys)
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address) as url:
        wait_until_ready(url)
        refused = smoke(url, "unknown", "standin_demo")
        let_in = smoke(url, "unknown", "standin_demo", CUTOUT_API_KEY=secret)
    assert refused.returncode == 1
    assert "a cut-out answers 401" in refused.stderr
    assert (let_in.returncode, let_in.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [(), ("http://127.0.0.1:9",)], ids=["nothing", "no revision"])
def test_what_is_missing_is_named(arguments: tuple[str, ...]) -> None:
    done = smoke(*arguments)
    assert done.returncode != 0
    assert "usage" in done.stderr or "name the revision" in done.stderr
