"""Every target: each of its seeds, and for a moment what can be made of them; `python -m tests.fuzz` does it for longer."""

import logging
from pathlib import Path

import pytest

from tests.fuzz.search import search
from tests.fuzz.seeds import CORPUS, paths, seeds
from tests.fuzz.table import TARGETS
from tests.fuzz.target import Target

SECONDS = 2.0
MOST = 20_000
"""Mutants: always the same ones, so that the tests of one commit never differ but for a machine that does fewer."""
CORPUS_BYTES = 300_000

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)  # python_multipart says of each body what is wrong with it


def taken(target: Target, data: bytes) -> bool:
    """Whether it is no input that the target refuses."""
    try:
        target.run(data)
    except target.refusals:
        return False
    return True


@pytest.mark.parametrize(
    ("target", "path"),
    [(target, path) for target in TARGETS.values() for path in paths(target.name)],
    ids=lambda value: value.name,
)
def test_seed(target: Target, path: Path) -> None:
    target.check(path.read_bytes())


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_mutants(target: Target) -> None:
    assert search(target, SECONDS, MOST) > 0


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_some_seeds_are_taken(target: Target) -> None:
    """What is refused at its first byte shows nothing."""
    assert sum(taken(target, data) for data in seeds(target.name)) >= 3


def test_the_corpus_is_small_and_every_folder_is_a_targets() -> None:
    assert {path.name for path in CORPUS.iterdir()} == TARGETS.keys()
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < CORPUS_BYTES
