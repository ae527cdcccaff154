"""The build: what it names exists, and it deploys what it built, by revision."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy import manifests, strict

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
BUILD = strict.load((ROOT / "cloudbuild.yaml").read_text())
STEPS = {step["id"]: step for step in BUILD["steps"]}
SCRIPTS = {name: step["script"] for name, step in STEPS.items()}
GIVEN = {"PROJECT_ID", "BUILD_ID", "COMMIT_SHA"}
"""What Cloud Build itself knows of a build: https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values."""


def test_fields_are_known() -> None:
    # https://cloud.google.com/build/docs/build-config-file-schema
    assert BUILD.keys() <= {"steps", "substitutions", "options", "serviceAccount", "timeout"}
    assert all(step.keys() <= {"id", "name", "waitFor", "script"} for step in STEPS.values())
    known = {"dynamicSubstitutions", "automapSubstitutions", "machineType", "diskSizeGb", "logging"}
    assert BUILD["options"].keys() <= known


def test_steps_wait_for_steps_before_them() -> None:
    before: set[str] = set()
    for name, step in STEPS.items():
        assert set(step.get("waitFor", [])) <= before
        before.add(name)


def test_every_substitution_is_declared_and_used() -> None:
    declared = set(BUILD["substitutions"])
    text = (ROOT / "cloudbuild.yaml").read_text()
    used = set(re.findall(r"\$\{?(_[A-Z_]+)", text))
    assert declared == used
    assert set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text)) <= GIVEN


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_stop_at_the_first_failure_and_are_of_a_shell_that_their_image_has(name: str) -> None:
    script = SCRIPTS[name]
    shell = "/bin/sh" if STEPS[name]["name"].startswith("docker:") else "/usr/bin/env bash"  # the former is Alpine
    assert script.startswith(f"#!{shell}\nset -eu\n")
    subprocess.run([*shell.split(), "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("image", ["gateway", "triton"])
def test_images_are_those_of_the_manifests_tagged_by_revision(image: str) -> None:
    script = SCRIPTS[image]
    tag = f"$_IMAGES/{image}:$_REVISION"
    assert f'--tag "{tag}"' in script
    assert " --push " in script
    assert (ROOT / f"{image}.Dockerfile").is_file()
    assert "ARG REVISION" in (ROOT / f"{image}.Dockerfile").read_text()
    pattern = (
        BUILD["substitutions"]["_IMAGES"].replace("${_REGION}", "europe-west4").replace("${PROJECT_ID}", "shop-1234")
    )
    service = manifests.service("cloudrun.yaml")
    assert manifests.containers(service)[image]["image"] == f"{pattern}/{image}:0123456789ab"


def test_the_revision_is_told_as_the_script_tells_it() -> None:
    assert BUILD["substitutions"]["_REVISION"] == "${COMMIT_SHA:0:12}"
    assert "--short=12" in (ROOT / "scripts" / "serve").read_text()


@pytest.mark.parametrize(
    ("revision", "image", "complaint"),
    [
        ("0123456789ab", "nvcr.io/nvidia/tritonserver@sha256:abc", ""),
        ("", "nvcr.io/nvidia/tritonserver@sha256:abc", "name the revision"),
        ("main", "nvcr.io/nvidia/tritonserver@sha256:abc", "name the revision"),
        ("0123456789ab", "nvcr.io/nvidia/tritonserver:25.06-py3", "by digest"),
    ],
    ids=["right", "no revision", "a branch", "a tag"],
)
def test_what_nobody_can_guess_has_to_be_given(revision: str, image: str, complaint: str) -> None:
    environ = {"PATH": os.environ["PATH"], "_REVISION": revision, "_TRITON_IMAGE": image}
    done = subprocess.run(["sh"], input=SCRIPTS["given"], env=environ, text=True, capture_output=True)
    assert (done.returncode != 0) == bool(complaint)
    assert complaint in done.stderr


@pytest.mark.parametrize("image", ["gateway", "triton"])
def test_what_is_built_with_is_what_the_dockerfile_takes(image: str) -> None:
    text = (ROOT / f"{image}.Dockerfile").read_text()
    for argument in re.findall(r'--build-arg "(\w+)=', SCRIPTS[image]):
        assert re.search(rf"^ARG {argument}\b", text, re.MULTILINE)
    for context in re.findall(r"--build-context (\w+)=", SCRIPTS[image]):
        assert f" AS {context}\n" in text


def test_it_releases_last_and_with_everything_that_a_release_needs() -> None:
    assert list(STEPS)[-1] == "release"
    assert set(STEPS["release"]["waitFor"]) == {"gateway", "triton"}
    for option in ("--project", "--region", "--bucket", "--revision", "--build"):
        assert option in SCRIPTS["release"]


def test_the_guide_makes_its_account_and_bucket() -> None:
    assert "gcloud iam service-accounts create cutout-build\n" in GUIDE
    assert "gs://$PROJECT-cutout-artefacts" in GUIDE
