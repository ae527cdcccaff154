"""Both Dockerfiles keep the rules, each of which is seen to refuse; what they copy is there and reaches the builder."""

import subprocess
from pathlib import Path

import pytest

from deploy.triton.settings import VARIABLES as TRITON_VARIABLES
from gateway.settings import VARIABLES
from tests.conftest import ROOT
from tests.deploy import rules
from tests.deploy.dockerfile import Instruction, arguments, command, copied, environment, parse, read, stages
from tests.deploy.ignored import is_ignored

DOCKERFILES = (ROOT / "gateway.Dockerfile", ROOT / "triton.Dockerfile")
GIVEN = {"REVISION": "0123abcd"}
DIGEST = "a" * 64
GOOD = f"""\
ARG BASE=python:3.13-slim@sha256:{DIGEST}
FROM ${{BASE}} AS build
RUN pip install --require-hashes -r some.lock
FROM ${{BASE}}
COPY --from=build /venv /venv
ARG REVISION
RUN test -n "${{REVISION}}" || exit 1
LABEL org.opencontainers.image.revision="${{REVISION}}"
ENV KEY_FILE=/secrets/key
USER 1000
HEALTHCHECK CMD ["true"]
ENTRYPOINT ["serve"]
"""


def faults(instructions: list[Instruction]) -> list[str]:
    return [fault for rule in rules.RULES for fault in rule(instructions)]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_ours_keep_the_rules(path: Path) -> None:
    assert faults(read(path)) == []


def test_a_good_one_has_no_fault() -> None:
    assert faults(parse(GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (f"@sha256:{DIGEST}", "", "name its digest"),
        (f"slim@sha256:{DIGEST}", f"slim@sha256:{DIGEST[1:]}", "name its digest"),
        (":3.13-slim", "", "a tag other than latest"),
        ("3.13-slim", "latest-slim", "a tag other than latest"),
        ("COPY --from=build /venv", "ADD https://example.org/venv.tar", "COPY it"),
        ("RUN pip", "RUN apt-get update && apt-get install -y gcc && pip", "--no-install-recommends"),
        ("RUN pip", "RUN apt-get -y install --no-install-recommends gcc && pip", "remove apt's lists"),
        ("--require-hashes ", "", "--require-hashes"),
        ("USER 1000\n", "", "USER root"),
        ("USER 1000", "USER 0:0", "a number other than 0"),
        ("USER 1000", "USER nobody", "a number other than 0"),
        ('["serve"]', "serve", "write a JSON list"),
        ('CMD ["true"]', "CMD true", "write a JSON list"),
        ("ENTRYPOINT", "SHELL", "ENTRYPOINT is missing"),
        ('HEALTHCHECK CMD ["true"]\n', "", "HEALTHCHECK is missing"),
        ("ENV KEY_FILE", "ENV A=1 DB_PASSWORD=x KEY_FILE", "DB_PASSWORD: mount a secret"),
        ("ARG REVISION", "ARG API_KEY\nARG REVISION", "API_KEY: mount a secret"),
        ('RUN test -n "${REVISION}" || exit 1\n', "", "REVISION may be empty"),
        (
            "LABEL org.opencontainers.image.revision",
            "LABEL revision",
            "LABEL org.opencontainers.image.revision is missing",
        ),
    ],
)
def test_each_rule_refuses(old: str, new: str, fault: str) -> None:
    assert old in GOOD
    assert any(fault in each for each in faults(parse(GOOD.replace(old, new))))


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_what_is_copied_is_there_and_reaches_the_builder(path: Path) -> None:
    instructions = read(path)
    sources = list(copied(instructions, arguments(instructions)))
    assert sources
    for source in sources:
        files = [each for each in (ROOT / source, *(ROOT / source).rglob("*")) if each.is_file()]
        assert any(not is_ignored(str(each.relative_to(ROOT)), ROOT / ".dockerignore") for each in files), source


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (".git/config", True),
        ("model_repository/inspyrenet/1/model.data", True),
        ("model_repository/inspyrenet/config.pbtxt", False),
        ("model_repository/inspyrenet/configs/l4.pbtxt", False),
        ("export/checkpoints/demo.pth", True),
        ("gateway/__pycache__/app.cpython-313.pyc", True),
        ("checkpoints/graphs/base.onnx", False),
        ("keys.json", True),
        ("gateway.lock", False),
    ],
)
def test_nothing_else_reaches_it(path: str, ignored: bool) -> None:
    assert is_ignored(path, ROOT / ".dockerignore") is ignored


def test_a_stage_that_is_copied_from_comes_before() -> None:
    for path in DOCKERFILES:
        seen: list[str] = []
        for name, stage in stages(read(path)).items():
            for each in stage:
                source = each.flag("from") if each.name == "COPY" else None
                assert source is None or source in seen
            seen.append(name)


def test_every_variable_of_an_image_is_read_in_it() -> None:
    python = {"HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    for path, variables in zip(DOCKERFILES, (VARIABLES, TRITON_VARIABLES), strict=True):
        last = list(stages(read(path)).values())[-1]
        assert set(environment(last, GIVEN)) - python <= {each.name for each in variables}, path.name


def test_a_build_without_a_revision_or_a_digest_is_refused() -> None:
    for path in DOCKERFILES:
        last = list(stages(read(path)).values())[-1]
        for demand in (each.rest for each in last if each.name == "RUN" and "exit 1" in each.rest):
            good = {"REVISION": "0123abcd", "TRITON_IMAGE": f"triton@sha256:{DIGEST}"}
            for name in good:
                if f"${{{name}}}" in demand:
                    done = subprocess.run(["sh", "-c", demand], env=good | {name: ""}, capture_output=True, text=True)
                    assert done.returncode == 1
                    assert name in done.stderr or "revision" in done.stderr
            assert subprocess.run(["sh", "-c", demand], env=good).returncode == 0


def test_the_images_start_what_is_theirs() -> None:
    gateway, triton = (command(list(stages(read(path)).values())[-1]) for path in DOCKERFILES)
    assert gateway == ["/venv/bin/python", "-P", "-m", "gateway", "serve"]
    assert triton == ["python3", "-m", "deploy.triton"]
