"""The part of a model repository that can be checked without starting Triton."""

import re
from pathlib import Path

from gateway.embedded.errors import ModelFileError

MODEL_FILE = "model.onnx"
_VERSION = re.compile(r"0|[1-9][0-9]*")


def check_repository(repository: Path, models: tuple[str, ...]) -> None:
    """Raise ModelFileError, naming the file, when a model to load lacks its configuration or a version's model file."""
    for model in models:
        _require(repository / model / "config.pbtxt")
        for version in versions(repository / model):
            _require(repository / model / str(version) / MODEL_FILE)


def versions(model: Path) -> list[int]:
    """Return the versions in a model's folder, oldest first; none is 02. Raises ModelFileError when there is none."""
    found = sorted(int(entry.name) for entry in model.iterdir() if _VERSION.fullmatch(entry.name) and entry.is_dir())
    if not found:
        raise ModelFileError(
            f"model folder {model} has no version: expected {model / '1' / MODEL_FILE}; "
            "`scripts/serve --model fast` and `base` fetch the official ones"
        )
    return found


def _require(path: Path) -> None:
    if not path.is_file():
        raise ModelFileError(f"model file {path} is missing")
    if path.stat().st_size == 0:
        raise ModelFileError(f"model file {path} is empty")
