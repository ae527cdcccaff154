"""Real cut-outs with one command: official weights fetched from a real server, placed, served by a real Triton."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import httpx
import psutil
import pytest
import torch
from PIL import Image

from checkpoints.catalogue import LICENCE, OFFICIAL
from export.variants import VARIANTS
from gateway.commands.serve import SAMPLE
from tests.checkpoints.server import Published, publishing
from tests.conftest import ROOT
from tests.official import configure, publish, write_catalogue
from tests.standin import write_model


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    configure(folder, "inspyrenet_fast")
    write_model(folder, "inspyrenet_demo")
    return folder


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Published]:
    """The small checkpoint at an address."""
    (tmp_path / "published").mkdir()
    checkpoint = publish(tmp_path / "published", "fast", "inspyrenet_fast")
    with publishing((tmp_path / "published" / checkpoint.file).read_bytes()) as server:
        write_catalogue(tmp_path / "catalogue.json", replace(checkpoint, url=server.url))
        yield server


@contextmanager
def gateway(folder: Path, *arguments: str | Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """The command with the catalogue, cache and repository in `folder`."""
    ours = {"CUTOUT_CACHE": str(folder / "cache"), "CUTOUT_REPOSITORY": str(folder / "repository"), "CUTOUT_MODEL": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.commands.gateway", str(folder / "catalogue.json"), *map(str, arguments)],
        cwd=ROOT, env=os.environ | ours | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    """Of the service, once it is ready."""
    for line in process.stdout:
        if "Ready: " in line:
            return line.split()[-1]
    raise AssertionError(f"it did not start: {process.stderr.read()}")


def cut_out(url: str) -> httpx.Response:
    return httpx.post(f"{url}/api/v2/process", content=SAMPLE.read_bytes(), timeout=60).raise_for_status()


def stopped(process: subprocess.Popen[str]) -> str:
    """Its last words after SIGTERM."""
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=15)
    assert process.returncode == 0
    return error


def test_one_command_fetches_places_and_serves_and_the_next_start_needs_no_network(tmp_path, repository, published):
    with gateway(tmp_path, "serve", "--port", "0", "--model", "fast") as process:
        answer = cut_out(address(process))
        log = stopped(process)
    assert answer.headers["x-model"] == "inspyrenet_fast/1"
    assert "x-model-notice" not in answer.headers
    assert all(line in log for line in LICENCE)
    assert "Fetching fast.pth" in log
    assert log.endswith("torch imported: False\n")
    with gateway(tmp_path, "serve", "--port", "0") as process:
        assert cut_out(address(process)).headers["x-model"] == "inspyrenet_fast/1"
        assert not any(line in stopped(process) for line in LICENCE)
    assert len(published.asked) == 1


def test_photos_are_cut_out_with_it_too(tmp_path, repository, published, photos):
    arguments = ["cutout", photos / "cat.jpg", "-o", tmp_path / "out", "--model", "fast"]
    with gateway(tmp_path, *arguments, PORT="1") as process:
        _, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert (tmp_path / "out" / "cat.png").exists()
    assert "scripts/serve" not in error


def test_without_them_the_demonstration_is_served_at_once_and_names_the_command(tmp_path, repository, published):
    with gateway(tmp_path, "serve", "--port", "0") as process:
        answer = cut_out(address(process))
        log = stopped(process)
    assert answer.headers["x-model"] == "inspyrenet_demo/1"
    assert answer.headers["x-model-notice"] == "demonstration model, not meant for real use"
    warning = next(line for line in log.splitlines() if "[warning" in line)
    assert "scripts/serve --model fast" in warning
    assert published.asked == []


def test_a_taken_port_is_known_before_anything_is_fetched(tmp_path, repository, published):
    published.plan = [("stall", 1000)]
    with gateway(tmp_path, "serve", "--port", "0", "--model", "fast") as first:
        wait_until_fetching(first)
        port = port_of(first)
        with gateway(tmp_path, "serve", "--port", port, "--model", "fast") as second:
            _, error = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"port {port} cannot be used" in error
    assert len(published.asked) == 1


def port_of(process: subprocess.Popen[str]) -> str:
    """Where it listens, although it does not answer yet."""
    links = psutil.Process(process.pid).net_connections()
    return str(next(link.laddr.port for link in links if link.status == psutil.CONN_LISTEN))


def wait_until_fetching(process: subprocess.Popen[str]) -> None:
    """Returns once the first bytes have come."""
    assert any("Fetching fast.pth" in line for line in process.stderr), "nothing was fetched"


def test_interrupted_it_ends_cleanly_and_continues_the_next_time(tmp_path, repository, published):
    published.plan = [("stall", 1000)]
    with gateway(tmp_path, "serve", "--port", "0", "--model", "fast") as process:
        wait_until_fetching(process)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "Traceback" not in error
    assert (tmp_path / "cache" / "fast.pth.part").stat().st_size == 1000
    with gateway(tmp_path, "serve", "--port", "0", "--model", "fast") as process:
        address(process)
        stopped(process)
    assert published.asked == [None, "bytes=1000-"]


def test_what_cannot_be_fetched_is_one_sentence_with_the_way_out(tmp_path, repository, published):
    published.plan = [404]
    with gateway(tmp_path, "serve", "--port", "0", "--model", "fast") as process:
        _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    refusal = next(line for line in error.splitlines() if line.startswith("gateway: "))
    assert "404" in refusal
    assert "--from FILE" in refusal
    assert "Traceback" not in error


@pytest.fixture
def full_size(tmp_path: Path) -> Iterator[Published]:
    """The official fast network with random weights at an address; gone when the test is, as it is large."""
    (tmp_path / "cache").mkdir()
    configure(tmp_path / "repository", "inspyrenet_fast", size=VARIANTS["fast"].size)
    torch.manual_seed(0)
    file = tmp_path / "random.pth"
    torch.save(VARIANTS["fast"].build().state_dict(), file)
    body = file.read_bytes()
    file.unlink()
    with publishing(body) as server:
        digest = hashlib.md5(body).hexdigest()
        write_catalogue(tmp_path / "catalogue.json", replace(OFFICIAL["fast"], url=server.url, md5=digest))
        yield server
    for folder in ("cache", "repository"):
        shutil.rmtree(tmp_path / folder)


@pytest.mark.slow
def test_the_official_network_from_its_address_to_a_cut_out_without_torch(tmp_path, full_size):
    with gateway(tmp_path, "serve", "--port", "0", "--model", "fast") as process:
        answer = cut_out(address(process))
        log = stopped(process)
    assert answer.headers["x-model"] == "inspyrenet_fast/1"
    assert 0 <= float(answer.headers["x-confidence"]) <= 1
    assert Image.open(BytesIO(answer.content)).mode == "RGBA"
    assert log.endswith("torch imported: False\n")
