"""What a command reads and writes: files, or standard input and output."""

import sys
from pathlib import Path
from typing import Final

from gateway.commands.failure import Failure

STDIN: Final = Path("-")
"""Standard input, and as a place to write to standard output."""


def read(source: Path) -> bytes:
    """Raises Failure."""
    try:
        return sys.stdin.buffer.read() if source == STDIN else source.read_bytes()
    except OSError as error:
        raise Failure(f"cannot be read: {error.strerror}") from error


def write(target: Path, content: bytes) -> None:
    """All of it or nothing; folders are made. Raises Failure."""
    try:
        if target == STDIN:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(target, content)
    except OSError as error:
        raise Failure(f"{target} cannot be written: {error.strerror}") from error


def _replace(target: Path, content: bytes) -> None:
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
