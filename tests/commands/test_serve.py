"""`gateway serve` as a user meets it: what it prints, what it refuses, how it ends."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psutil
import pytest
from PIL import Image

from gateway.commands import serve as serve_command
from tests.conftest import ROOT
from tests.standin import write_model


@contextmanager
def serve(*options: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", *options], cwd=ROOT, env=os.environ | {"CUTOUT_MODEL": "demo"} | environ,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def greeting(process: subprocess.Popen[str]) -> str:
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "curl" in line:
            return "".join(lines)
    raise AssertionError(f"no greeting; stderr: {process.stderr.read()}")


def refusal(*options: str, **environ: str) -> tuple[int, str]:
    with serve(*options, **environ) as process:
        _, error = process.communicate(timeout=30)
        return process.returncode, error


def test_the_printed_line_works_as_pasted(tmp_path):
    with serve("--port", "0") as process:
        text = greeting(process)
        line = next(line for line in text.splitlines() if "curl" in line)
        target = tmp_path / "cutout.png"
        subprocess.run(line.replace("cutout.png", str(target)), shell=True, cwd=ROOT, check=True, timeout=30)
    with Image.open(target) as cutout:
        alpha = np.asarray(cutout)[..., 3]
    assert alpha.min() == 0
    assert alpha.max() == 255
    assert "demonstration model" in text
    assert "scripts/serve --model fast" in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_told_to_stop_it_ends_in_order_and_leaves_no_process(number):
    with serve("--port", "0") as process:
        greeting(process)
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        process.send_signal(number)
        assert process.wait(15) == 0
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []


def test_told_to_stop_while_it_starts_it_stops():
    with serve("--port", "0") as process:
        assert "Starting Triton" in process.stderr.readline() + process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_a_clean_start_logs_little_and_nothing_alarming_but_the_notice():
    with serve("--port", "0") as process:
        greeting(process)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=15)
    assert len(log.splitlines()) < 12
    assert [line for line in log.splitlines() if re.search(r"\[(warning|error|critical)", line)] == [
        line for line in log.splitlines() if "demonstration model" in line
    ]


def test_a_taken_port_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, error = refusal(PORT=str(port))
    assert code == 1
    assert f"port {port}" in error
    assert "PORT=" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(b""), "is empty"),
        (lambda file: file.write_bytes(file.read_bytes()[:100]), "cannot be loaded"),
    ],
    ids=["missing", "empty", "corrupt"],
)
def test_a_bad_model_file_ends_the_start_and_is_named(tmp_path, spoil, text):
    write_model(tmp_path)
    file = tmp_path / "standin" / "1" / "model.onnx"
    spoil(file)
    code, error = refusal("--port", "0", "--model", "standin", CUTOUT_REPOSITORY=str(tmp_path))
    assert code == 1
    assert str(file) in error
    assert text in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"CUTOUT_REPOSITORY": "/nowhere"}, "CUTOUT_REPOSITORY"),
        ({"CUTOUT_CDN_KEY_FILE": __file__}, "CUTOUT_CDN_KEY_FILE must be a file that holds 16 bytes"),
    ],
    ids=["port", "repository", "key of the CDN"],
)
def test_a_bad_setting_is_named(environ, variable):
    code, error = refusal(**environ)
    assert code == 2
    assert variable in error


def test_the_line_to_paste_survives_a_blank_in_the_path(monkeypatch, tmp_path):
    monkeypatch.setattr(serve_command, "SAMPLE", tmp_path / "my photos" / "sample.jpg")
    line = next(line for line in serve_command.greeting("http://127.0.0.1:1", "m").splitlines() if "curl" in line)
    assert shlex.split(line)[3].endswith("my photos/sample.jpg")
