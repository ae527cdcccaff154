"""Where fetched checkpoints are kept.

A file under its final name there is a checked one. Beside it may lie, under the same name and more: `.part`, what came so far
(and `.part.etag`, of which file); `.lock`, held by who fetches; `.sha256`, what was trusted where no digest is published.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from checkpoints.catalogue import Checkpoint
from checkpoints.errors import MissingError

VARIABLE: Final = "CUTOUT_CACHE"
_FOLDER: Final = "inspyrenet-service"


def folder(environ: Mapping[str, str]) -> Path:
    """CUTOUT_CACHE, else below XDG_CACHE_HOME, else below ~/.cache. Raises MissingError when there is no home either."""
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE])
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]) / _FOLDER
    if environ.get("HOME"):
        return Path(environ["HOME"]) / ".cache" / _FOLDER
    raise MissingError(f"there is no home folder to keep checkpoints in: set {VARIABLE} to a folder")


def cached(checkpoint: Checkpoint, folder: Path) -> Path | None:
    """The checked file in the cache, or None."""
    path = folder / checkpoint.file
    return path if path.is_file() else None
