"""`python -m export fetch`, where neither torch nor onnx is installed."""

import argparse
import subprocess
import sys

import pytest
import torch

from checkpoints.errors import CheckpointError
from export.commands import fetch
from tests.checkpoints.networks import random_state

WITHOUT = """
import sys
for name in ("torch", "onnx", "onnxruntime", "onnxscript"):
    sys.modules[name] = None  # which makes its import fail
import argparse
from export.commands.fetch import COMMAND
parser = argparse.ArgumentParser()
COMMAND.options(parser)
COMMAND.run(parser.parse_args(sys.argv[1:]))
"""


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    fetch.options(parser)
    return parser.parse_args([str(word) for word in words])


@pytest.fixture(scope="module")
def res2net50(tmp_path_factory):
    """A random checkpoint of the layout of the only variant without a published digest that needs no address."""
    from checkpoints import layout
    from checkpoints.catalogue import RES2NET50

    state = {key: torch.zeros(e.shape, dtype=getattr(torch, e.dtype)) for key, e in layout.load(RES2NET50).items()}
    path = tmp_path_factory.mktemp("res2net50") / "own.pth"
    torch.save(state, path)
    yield path
    path.unlink()


def test_it_runs_without_torch_and_says_what_comes_next(res2net50, tmp_path):
    command = [sys.executable, "-c", WITHOUT, "res2net50", "--from", res2net50, "--cache", tmp_path / "my cache"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    path = tmp_path / "my cache" / "ckpt_res2net50.pth"
    assert "MIT licence" in lines[0]
    assert lines[2] == str(path)
    assert lines[3].startswith("sha256 ")
    assert lines[4] == f"next: python -m export onnx --variant res2net50 --checkpoint '{path}'"
    assert "No digest is published for res2net50" in ended.stderr
    path.unlink()


def test_a_wrong_file_is_refused(tmp_path):
    torch.save(random_state(), tmp_path / "own.pth")
    with pytest.raises(
        CheckpointError, match=r"own\.pth: is not the published base: md5 \w+, and d692e3\w+ is expected"
    ):
        fetch.run(arguments("base", "--from", tmp_path / "own.pth", "--cache", tmp_path))


def test_an_unknown_variant_is_refused_with_those_that_are_known(capsys):
    with pytest.raises(SystemExit):
        arguments("demo")
    assert "choose from" in capsys.readouterr().err
