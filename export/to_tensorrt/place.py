"""An engine takes its place beside its model: whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from checkpoints import disk
from export.to_tensorrt.build import ENGINE
from export.to_tensorrt.errors import SharedError
from export.to_tensorrt.key import Key

FOLDER = "tensorrt"
RECORD = "engine.json"
_ADVICE = "make room, or choose a repository elsewhere"


def place(cache: Path, version_folder: Path, key: Key, record: Mapping[str, Any]) -> Path:
    """Copies the files in `cache`, and the record beside them, to `version_folder`/tensorrt/`key`, which is returned.

    An engine that is there is replaced.

    Raises:
        SharedError: a server could not tell the engine from that of another version.
        CheckpointError: the disk does not take it, SpaceError where it is full.
    """
    require_own_names(cache, version_folder, key)
    target = version_folder / FOLDER / str(key)
    with disk.writing(target, _ADVICE):
        target.parent.mkdir(exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
        try:
            shutil.copytree(cache, partial, dirs_exist_ok=True)
            (partial / RECORD).write_text(json.dumps(record, indent=2) + "\n")
            partial.chmod(0o755)  # mkdtemp's is for its owner; the engine is for the server's user
            _swap(partial, target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            with suppress(OSError):  # it is kept when it holds other engines
                target.parent.rmdir()
    return target


def _swap(partial: Path, target: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
    try:
        if target.exists():
            target.rename(old / target.name)
        partial.rename(target)
    finally:
        shutil.rmtree(old)


def require_own_names(cache: Path, version_folder: Path, key: Key) -> None:
    """Raises SharedError when a version with other weights has an engine of the same name.

    ONNX Runtime names an engine after the graph and not after its weights, and all versions share a configuration and so a
    cache folder: the second version would silently run with the weights of the first.
    """
    names = {path.name for path in cache.glob(f"*{ENGINE}")}
    for other in sorted(version_folder.parent.glob(f"*/{FOLDER}/*/*{ENGINE}")):
        version = other.parents[2]
        same = version.name == version_folder.name or other.parent.name.startswith(key.short_digest)
        if other.name in names and not same:
            raise SharedError(
                f"version {version.name} of {version_folder.parent.name} has an engine named {other.name}, too: a server "
                f"would run both with the same weights: delete {version / FOLDER} if that version is served no more"
            )
