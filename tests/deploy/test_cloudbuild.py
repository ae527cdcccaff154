"""The build: what it names exists, and it deploys what it built, by revision."""

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
    used = set(re.findall(r"\$\{?(_[A-Z]+)", text))
    assert declared == used
    assert set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text)) <= GIVEN


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_bash_that_stops_at_the_first_failure(name: str) -> None:
    script = SCRIPTS[name]
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "\nset -eu\n" in script or "||" in script
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("image", ["gateway", "triton"])
def test_images_are_those_of_the_manifests_tagged_by_revision(image: str) -> None:
    script = SCRIPTS[image]
    tag = f"$_IMAGES/{image}:$_REVISION"
    assert f'--tag "{tag}"' in script
    assert f'docker push "{tag}"' in script
    assert (ROOT / f"{image}.Dockerfile").is_file()
    assert "ARG REVISION" in (ROOT / f"{image}.Dockerfile").read_text()
    pattern = (
        BUILD["substitutions"]["_IMAGES"].replace("${_REGION}", "europe-west4").replace("${PROJECT_ID}", "shop-1234")
    )
    service = manifests.service("cloudrun.yaml")
    assert manifests.containers(service)[image]["image"] == f"{pattern}/{image}:0123456789ab"


def test_the_revision_is_told_as_the_script_tells_it(tmp_path: Path) -> None:
    assert BUILD["substitutions"]["_REVISION"] == "${COMMIT_SHA:0:12}"
    assert "--short=12" in (ROOT / "scripts" / "serve").read_text()
    for revision, code in (("0123456789ab", 0), ("", 1), ("main", 1)):
        done = subprocess.run(
            ["bash"], input=SCRIPTS["revision"], env={"_REVISION": revision}, text=True, capture_output=True
        )
        assert done.returncode == code
        assert ("COMMIT_SHA is missing" in done.stderr) == bool(code)


def test_it_releases_last_and_with_everything_that_a_release_needs() -> None:
    assert list(STEPS)[-1] == "release"
    assert set(STEPS["release"]["waitFor"]) == {"gateway", "triton"}
    for option in ("--project", "--region", "--bucket", "--revision", "--build"):
        assert option in SCRIPTS["release"]


def test_the_guide_makes_its_account_and_bucket() -> None:
    assert "gcloud iam service-accounts create cutout-build\n" in GUIDE
    assert "gs://$PROJECT-cutout-artefacts" in GUIDE
