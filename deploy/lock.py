"""Makes gateway.lock, export.lock and build.lock: `python -m deploy.lock` with pip in reach, run by scripts/lock.

What each image installs, exactly: the versions of constraints.txt, each with the digests of its wheels on Linux for the
processors and Pythons below. pip refuses whatever has another digest, whoever's index it comes from.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PYTHONS: Final = ("3.11", "3.12", "3.13")
"""The image has the last; with the others, a developer's Python can try the lock, too."""
PROCESSORS: Final = ("x86_64", "aarch64")
_GLIBC: Final = ("2_17", "2_24", "2_26", "2_27", "2_28", "2_31", "2_34")


@dataclass(frozen=True)
class Elsewhere:
    """A package whose wheels are not taken from PyPI: its line, the index, and what it needs that is."""

    requirement: str
    index: str
    hashes: tuple[str, ...]
    needs: tuple[str, ...]


TORCH: Final = Elsewhere(
    # PyPI's wheel for x86-64 brings gigabytes of CUDA. The digests are those in the fragments of the index's links, for
    # CPython 3.11 and 3.13 on x86-64.
    requirement="torch==2.13.0+cpu",
    index="https://download.pytorch.org/whl/cpu",
    hashes=(
        "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
        "3fbf9c9d1f3c10c2d59d04aca426dee9ccc6ceb32d255c61e93acc3b4f75fae6",
    ),
    needs=("filelock", "fsspec", "jinja2", "networkx", "setuptools", "sympy", "typing-extensions"),
)


def locks(project: dict[str, Any]) -> dict[str, tuple[list[str], Elsewhere | None]]:
    """What goes into each file: requirements of PyPI, and what comes from elsewhere."""
    gateway = project["project"]["dependencies"]
    export = project["project"]["optional-dependencies"]["export"]
    return {
        "gateway.lock": (gateway, None),
        "export.lock": ([*gateway, *(each for each in export if each != "torch"), *TORCH.needs], TORCH),
        "build.lock": (project["build-system"]["requires"], None),
    }


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name, (requirements, elsewhere) in locks(project).items():
        found: dict[str, set[str]] = {}
        for python in PYTHONS:
            for processor in PROCESSORS:
                for pin, digest in _resolved(requirements, python, processor):
                    found.setdefault(pin, set()).add(digest)
        (ROOT / name).write_text(text(found, elsewhere))
        print(f"{name}: {len(found)} packages", file=sys.stderr)
    return 0


def text(found: dict[str, set[str]], elsewhere: Elsewhere | None) -> str:
    """A file of requirements with the digests of their wheels, sorted."""
    lines = ["# Made by scripts/lock from pyproject.toml and constraints.txt; do not edit."]
    if elsewhere is not None:
        lines += [f"--extra-index-url {elsewhere.index}", _entry(elsewhere.requirement, elsewhere.hashes)]
    return "\n".join([*lines, *(_entry(pin, digests) for pin, digests in sorted(found.items()))]) + "\n"


def _entry(pin: str, digests: Iterable[str]) -> str:
    return " \\\n    ".join([pin, *(f"--hash=sha256:{digest}" for digest in sorted(digests))])


def _resolved(requirements: list[str], python: str, processor: str) -> Iterator[tuple[str, str]]:
    """name==version and its wheel's digest, of everything that `requirements` need there. Raises CalledProcessError."""
    platforms = [f"--platform=manylinux_{glibc}_{processor}" for glibc in _GLIBC] + [
        f"--platform=manylinux2014_{processor}"
    ]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        subprocess.run(  # noqa: S603 - the project's own requirements
            [
                sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet",
                f"--report={report}", f"--target={scratch}/target", "--only-binary=:all:",
                f"--constraint={ROOT / 'constraints.txt'}", f"--python-version={python}", "--implementation=cp",
                *platforms, *requirements,
            ],
            # The public index alone: what this machine is set up with may be another's copy.
            env=os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""},
            check=True,
        )  # fmt: skip
        installed = json.loads(report.read_text())["install"]
    for each in installed:
        name = re.sub(r"[-_.]+", "-", each["metadata"]["name"]).lower()
        yield f"{name}=={each['metadata']['version']}", each["download_info"]["archive_info"]["hashes"]["sha256"]


if __name__ == "__main__":
    sys.exit(main())
