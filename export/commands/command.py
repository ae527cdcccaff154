"""What a command of `python -m export` is made of."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = ROOT / "model_repository"
VARIANT_NAMES = ("base", "fast", "base-nightly", "res2net50", "demo", "demo-small", "demo-swin", "demo-lite")
"""The keys of `export.variants.VARIANTS`, which cannot be imported without torch."""


@dataclass(frozen=True)
class Command:
    """A name, a line of help, the options, and what happens. `run` raises ValueError for what it refuses."""

    name: str
    help: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]
