"""A start never compiles TensorRT engines by surprise: the image has those for this machine, or it says what is missing."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.triton.errors import StartError
from deploy.triton.machine import Machine

_CACHE = re.compile(r'key:\s*"trt_engine_cache_path"\s*value:\s*"([^"]+)"')


def require_engines(model: Path, config: str, machine: Callable[[], Machine]) -> None:
    """Raises StartError unless each version of `model`, its folder in the repository, has an engine for this machine.

    That is where the configuration wants engines at all; only then `machine` is asked.
    """
    cache = _cache(_configuration(model, config))
    if cache is None:
        return
    found = machine()
    for version in versions(model):
        records = list(_records(cache, version))
        if not any(_fits(record, found) and _is_whole(record, cache) for record in records):
            raise StartError(_missing(model.name, version, cache, records, found))


def versions(model: Path) -> list[int]:
    """The versions in a model's folder, oldest first. Raises StartError where there is none."""
    found = sorted(int(each.name) for each in model.iterdir() if re.fullmatch(r"[1-9]\d*", each.name))
    if not found:
        raise StartError(f"{model} has no version: the image was built without a model (docs/images.md)")
    return found


def record_name(version: int, key: str) -> str:
    """Of the file that says, beside the engines themselves, what those of a version are good for."""
    return f"{version}.{key}.json"


def _configuration(model: Path, config: str) -> str:
    paths = [model / "configs" / f"{config}.pbtxt", model / "config.pbtxt"]
    for path in paths:
        if path.is_file():
            return path.read_text()
    raise StartError(
        f"there is no model {model.name} in {model.parent}: CUTOUT_MODEL must name one that has a config.pbtxt"
    )


def _cache(configuration: str) -> Path | None:
    match = _CACHE.search(re.sub(r"(?m)^\s*#.*$", "", configuration))
    return Path(match[1]) if match else None


def _records(cache: Path, version: int) -> Iterator[dict[str, Any]]:
    for path in sorted(cache.glob(record_name(version, "*"))):
        yield json.loads(path.read_text())


def _fits(record: dict[str, Any], machine: Machine) -> bool:
    return all(record.get(name) == value for name, value in asdict(machine).items())


def _is_whole(record: dict[str, Any], cache: Path) -> bool:
    return bool(record["files"]) and all((cache / name).is_file() for name in record["files"])


def _missing(model: str, version: int, cache: Path, records: list[dict[str, Any]], machine: Machine) -> str:
    there = [str(Machine(*(str(record.get(name)) for name in asdict(machine)))) for record in records]
    return (
        f"{model}/{version} has no engine for {machine} in {cache}; there is {' and '.join(there) or 'none'}. Triton would "
        "compile one for minutes at every start. Build it once on this kind of GPU, "
        f"`python -m export engine {model}/{version}`, and the image with it (docs/images.md); or set "
        "CUTOUT_COMPILE_ENGINES=on to wait for it"
    )
