"""The search itself: what a target must not do is found, told and kept."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gateway.errors import InvalidParameter
from tests.fuzz.mutation import Mutator
from tests.fuzz.search import Finding, search
from tests.fuzz.seeds import paths, seeds
from tests.fuzz.table import TARGETS
from tests.fuzz.target import SECONDS, Target

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def planted(error: Exception, name: str = "rate") -> Target:
    """A target whose code raises `error` as well, once an input has a slash and is not a seed."""
    target = TARGETS[name]

    def run(data: bytes) -> None:
        if b"/" in data and data not in seeds(name):
            raise error
        target.run(data)

    return replace(target, run=run)


@pytest.mark.parametrize("name", TARGETS)
def test_an_error_that_is_not_declared_is_found_in_every_target(name: str) -> None:
    def run(data: bytes) -> None:
        raise LookupError

    with pytest.raises(Finding) as caught:
        search(replace(TARGETS[name], run=run), seconds=30)
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_finding_is_told_and_kept() -> None:
    with pytest.raises(Finding, match="rate: a finding of") as caught:
        search(planted(LookupError("planted")), seconds=30)
    finding = caught.value
    assert b"/" in finding.data
    assert finding.data.hex() in str(finding)
    [kept] = re.findall("kept as: (.+)", str(finding))
    assert Path(kept).read_bytes() == finding.data


def test_the_line_that_makes_a_finding_a_seed(tmp_path: Path) -> None:
    with pytest.raises(Finding) as caught:
        search(planted(LookupError()), seconds=30)
    [line] = re.findall("as seed: (.+)", str(caught.value))
    subprocess.run(line, shell=True, check=True, cwd=tmp_path)
    [seed] = (tmp_path / "tests/fuzz/corpus/rate").iterdir()
    assert seed.read_bytes() == caught.value.data


def test_what_ends_the_process_leaves_its_input(tmp_path: Path) -> None:
    """As native code does on a picture made for it."""
    code = "import os; from tests.fuzz.search import search; from tests.fuzz.target import Target"
    code += "; search(Target('rate', lambda data: os.abort()), 30)"
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment)
    assert done.returncode == -signal.SIGABRT
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes() == Mutator(seeds("rate"), (), Random(0)).mutant()


def test_a_declared_error_is_none() -> None:
    assert search(planted(ValueError()), seconds=30, most=100) == 100


def test_the_same_start_gives_the_same_finding() -> None:
    found = []
    for _ in range(2):
        with pytest.raises(Finding) as caught:
            search(planted(LookupError()), seconds=30, start=7)
        found.append(caught.value.data)
    assert found[0] == found[1]


def test_an_input_that_takes_too_long_is_found() -> None:
    def run(data: bytes) -> None:
        ends = time.thread_time() + 1.1 * SECONDS
        while time.thread_time() < ends:
            pass

    with pytest.raises(AssertionError, match="took"):
        Target("slow", run).check(b"x")


def test_a_refusal_that_repeats_its_input_is_found() -> None:
    def run(data: bytes) -> None:
        raise InvalidParameter(data.decode())

    with pytest.raises(AssertionError, match="repeats"):
        Target("long", run, (InvalidParameter,)).check(b"x" * 5000)


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        pytest.param(["rate", "--seconds", "0.1", "--start", "3"], 0, "rate: nothing in", id="search"),
        pytest.param(["rate", "--input", str(paths("rate")[0])], 0, "", id="input"),
        pytest.param(["rat"], 2, "a target is one of", id="no target"),
        pytest.param(["--input", "x"], 2, "for one target", id="input of no target"),
    ],
)
def test_by_hand(options: list[str], status: int, told: str) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.fuzz", *options], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == status
    assert told in done.stdout + done.stderr
