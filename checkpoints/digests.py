"""Whether a file is the one that was published."""

import hashlib
from pathlib import Path
from typing import Final

from checkpoints.catalogue import Checkpoint
from checkpoints.errors import DigestError
from checkpoints.progress import Progress

_CHUNK: Final = 1 << 20


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return digests(path)["sha256"]


def digests(path: Path) -> dict[str, str]:
    """Hex digests of a file, `md5` and `sha256`, in one pass."""
    hashes = {"md5": hashlib.md5(usedforsecurity=False), "sha256": hashlib.sha256()}
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for value in hashes.values():
                value.update(chunk)
    return {name: value.hexdigest() for name, value in hashes.items()}


def check(path: Path, checkpoint: Checkpoint) -> str:
    """The file's sha256. Raises DigestError, naming both digests, when one that is published is another."""
    found = digests(path)
    for name, expected in (("md5", checkpoint.md5), ("sha256", checkpoint.sha256)):
        if expected and found[name] != expected:
            raise DigestError(
                f"{path}: is not the published {checkpoint.name}: {name} {found[name]}, and {expected} is expected"
            )
    return found["sha256"]


def trust(checkpoint: Checkpoint, digest: str, folder: Path, progress: Progress) -> None:
    """For a checkpoint without a published digest: the first that comes is trusted and its sha256 recorded beside it.

    Raises DigestError when another one was recorded before.
    """
    if checkpoint.has_digest:
        return
    record = folder / f"{checkpoint.file}.sha256"
    if not record.exists():
        record.write_text(f"{digest}  {checkpoint.file}\n")
        progress.note(f"No digest is published for {checkpoint.name}. Trusted as it came; its sha256 is in {record}")
        return
    recorded = record.read_text().split()[:1]
    if recorded != [digest]:
        raise DigestError(
            f"{checkpoint.name}: has the sha256 {digest}, and an earlier one is recorded in {record}: "
            "delete that record if you trust the new one"
        )
