"""The locks say what pyproject.toml and constraints.txt say; what the gateway's brings is enough and holds no network."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from deploy.lock import TORCH, locks, text
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    """Version by package, of a lock or of constraints.txt."""
    return {normal(name): version for name, version in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", path.read_text())}


CONSTRAINTS = pins(ROOT / "constraints.txt")


@pytest.mark.parametrize("name", sorted(locks(PROJECT)))
def test_a_lock_has_every_requirement_in_the_version_of_the_constraints(name: str) -> None:
    locked = pins(ROOT / name)
    requirements, elsewhere = locks(PROJECT)[name]
    named = [*requirements, *([elsewhere.requirement] if elsewhere else [])]
    wanted = {normal(re.split(r"[^\w.-]", each)[0]) for each in named}
    assert wanted <= set(locked), "run scripts/lock"
    assert {
        each: version for each, version in locked.items() if version.partition("+")[0] != CONSTRAINTS.get(each, version)
    } == {}, "run scripts/lock"


@pytest.mark.parametrize("name", sorted(locks(PROJECT)))
def test_every_line_has_digests(name: str) -> None:
    entries = (ROOT / name).read_text().replace("\\\n", "").splitlines()
    for entry in entries:
        assert re.match(r"#|--extra-index-url https://|[a-z0-9-]+==\S+( +--hash=sha256:[0-9a-f]{64})+$", entry), entry


def test_torch_is_the_one_of_the_constraints() -> None:
    assert TORCH.requirement == f"torch=={CONSTRAINTS['torch']}+cpu"


def test_a_lock_is_sorted_and_says_who_made_it() -> None:
    assert text({"b==1": {"2", "1"}, "a==1": {"3"}}, None).splitlines()[1:] == [
        "a==1 \\", "    --hash=sha256:3", "b==1 \\", "    --hash=sha256:1 \\", "    --hash=sha256:2",
    ]  # fmt: skip


def test_the_gateway_s_has_no_network_no_tests_and_no_compiler() -> None:
    forbidden = {
        "torch",
        "onnx",
        "onnxruntime",
        "onnxscript",
        "scipy",
        "pytest",
        "setuptools",
        "pip",
        "nvidia-pytriton",
    }
    assert forbidden & set(pins(ROOT / "gateway.lock")) == set()


def test_installed_as_the_image_does_it_the_gateway_starts(locked: Path) -> None:
    python = locked / "bin" / "python"
    done = subprocess.run([python, "-P", "-m", "gateway", "serve", "--help"], cwd="/", env={}, capture_output=True)
    assert done.returncode == 0, done.stderr
    names = subprocess.run(
        [python, "-c", "import importlib.metadata as m; print(*[each.name for each in m.distributions()])"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert {normal(each) for each in names} == {*pins(ROOT / "gateway.lock"), "inspyrenet-service"}
