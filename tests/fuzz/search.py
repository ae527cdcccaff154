"""Looking for inputs that are findings, and telling of one so that it can be run again."""

import hashlib
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.fuzz.mutation import Mutator
from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.target import Target

SHOWN: Final = 512
"""Bytes of a finding that are shown; all of them are kept in its file."""


class Finding(AssertionError):
    """An input for which `target` does what it must not; the text says how to run it again."""

    def __init__(self, target: Target, data: bytes, kept: Path) -> None:
        name = hashlib.sha256(data).hexdigest()[:12]
        more = "" if len(data) <= SHOWN else f" and {len(data) - SHOWN} bytes more"
        super().__init__(
            f"{target.name}: a finding of {len(data)} bytes.\n"
            f"  in hex:  {data[:SHOWN].hex()}{more}\n"
            f"  kept as: {kept}\n"
            f"  again:   python -m tests.fuzz {target.name} --input {kept}\n"
            f"  as seed: mkdir -p {_shown(CORPUS / target.name)} && cp {kept} {_shown(CORPUS / target.name)}/found-{name}"
        )
        self.data = data


def search(target: Target, seconds: float, most: int | None = None, start: int = 0) -> int:
    """Runs mutants of the target's seeds for so many `seconds`, at most so many of them; returns how many.

    `start` is where the random numbers begin. The input at hand is kept in a file meanwhile, and is there where
    native code ends the process, or never ends. Raises Finding.
    """
    mutator = Mutator(seeds(target.name), target.words, Random(start))
    ends, count = time.monotonic() + seconds, 0
    with tempfile.NamedTemporaryFile(prefix=f"fuzz-{target.name}-", buffering=0, delete=False) as file:
        kept = Path(file.name)
        while count != most and time.monotonic() < ends:
            data = mutator.mutant()
            file.seek(0)
            file.truncate()
            file.write(data)
            try:
                target.check(data)
            except (Exception, pytest.fail.Exception) as exc:  # the latter ends an endless one
                raise Finding(target, data, kept) from exc
            count += 1
    kept.unlink()
    return count


def _shown(path: Path) -> Path:
    """As it is written from where the tests are run."""
    return path.relative_to(Path(__file__).parents[2])
