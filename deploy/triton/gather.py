"""Engines go where Triton looks for them: `python3 -m deploy.triton.gather MODELS ENGINES`.

`python -m export engine` puts them beside the version they are made of; but all versions of a model share a configuration,
and so one folder. This runs when the image is built, and refuses an engine of other weights there and then.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from deploy.triton.engines import record_name, versions
from deploy.triton.errors import StartError

RECORD = "engine.json"


def gather(models: Path, engines: Path) -> list[str]:
    """Copies the engines of all versions in `models` into `engines`/<model>; one line about each. Raises StartError."""
    engines.mkdir(parents=True, exist_ok=True)
    return [
        _copy(record, model / str(version), engines / model.name)
        for model in sorted(models.iterdir())
        if (model / "config.pbtxt").is_file()
        for version in versions(model)
        for record in sorted((model / str(version) / "tensorrt").glob(f"*/{RECORD}"))
    ]


def digest(version: Path) -> str:
    """Hex sha256 over names and contents of a version's files, as export.to_tensorrt.source counts it."""
    others = sorted(path for path in version.iterdir() if path.is_file() and path.name != "model.onnx")
    whole = hashlib.sha256()
    for path in (version / "model.onnx", *others):
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _copy(record: Path, version: Path, target: Path) -> str:
    fields = json.loads(record.read_text())
    if fields["digest"] != digest(version):
        raise StartError(
            f"{record.parent} was made from other files than those in {version}: build the engine from the very folder that "
            "goes into the image, `python -m export engine`"
        )
    target.mkdir(exist_ok=True)
    files = sorted(path for path in record.parent.iterdir() if path != record)
    for path in files:
        shutil.copy(path, target)
    key = record.parent.name
    (target / record_name(int(version.name), key)).write_text(
        json.dumps({**fields, "files": [path.name for path in files]}, indent=2) + "\n"
    )
    return f"{version.parent.name}/{version.name}: {key}"


def main() -> int:
    models, engines = map(Path, sys.argv[1:])
    try:
        found = gather(models, engines)
    except StartError as error:
        print(f"deploy.triton.gather: {error}", file=sys.stderr)
        return 1
    print(
        "\n".join(found)
        or "no engines: where the configuration wants them, a start is refused without CUTOUT_COMPILE_ENGINES"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
