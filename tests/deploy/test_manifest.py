"""What fills manifests in: parts, names, traffic; and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.manifest import ManifestError, filled, kept
from tests.deploy import strict

ROOT = Path(__file__).parents[2]
TEXT = """
metadata:
  name: PROJECT
  #redis annotation: REGION
spec:
      name: cutout-REVISION
      #traces - {name: GOOGLE_CLOUD_PROJECT, value: PROJECT}
  traffic:
    - latestRevision: true
      percent: 100
"""


def test_names_are_replaced_where_they_stand_alone() -> None:
    text = filled(TEXT, {"PROJECT": "shop", "REGION": "west"}, ["traces", "redis"])
    assert "name: shop\n" in text
    assert "      - {name: GOOGLE_CLOUD_PROJECT, value: shop}" in text
    assert "  annotation: west" in text


def test_parts_that_nobody_asked_for_leave_nothing_behind() -> None:
    assert "#" not in filled(TEXT, {}, ["traces"])
    assert "GOOGLE" not in filled(TEXT, {}, ["redis"])


def test_what_is_alone_makes_room_for_a_collector() -> None:
    text = 'cpu: "4" #alone\n#collectors cpu: "2"\n'
    assert filled(text, {}) == filled(text, {}, ["redis"]) == 'cpu: "4" #alone\n'
    assert filled(text, {}, ["traces"]) == filled(text, {}, ["prometheus", "traces"]) == 'cpu: "2"\n'


@pytest.mark.parametrize("value", ["", "a b", "a: b", "x\ny", '"', "#no", "-x"])
def test_a_value_that_could_be_more_than_a_word_is_refused(value: str) -> None:
    with pytest.raises(ManifestError, match="PROJECT must be"):
        filled(TEXT, {"PROJECT": value})


def test_what_serves_keeps_all_traffic_and_the_new_one_has_an_address() -> None:
    text = kept(filled((ROOT / "cloudrun.yaml").read_text(), {"REVISION": "abc", "BUILD": "7"}), "cutout-old-1", "next")
    assert strict.load(text)["spec"]["traffic"] == [
        {"revisionName": "cutout-old-1", "percent": 100},
        {"revisionName": "cutout-abc-7", "percent": 0, "tag": "next"},
    ]


def test_a_manifest_without_a_revision_or_traffic_cannot_keep_anything() -> None:
    with pytest.raises(ManifestError, match="names no revision"):
        kept("spec:\n  traffic:\n", "old", "next")
    with pytest.raises(ManifestError, match="without traffic"):
        kept("spec:\n      name: new\n", "old", "next")


def command(*options: str) -> subprocess.CompletedProcess[str]:
    values = (
        "--project",
        "shop",
        "--region",
        "europe-west4",
        "--bucket",
        "pictures/cutout",
        "--revision",
        "0123456789ab",
    )
    line = [sys.executable, "-S", "-m", "deploy.manifest", str(ROOT / "cloudrun.yaml"), *values, *options]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True)


def test_the_command_needs_no_installed_package_and_prints_the_manifest() -> None:
    done = command("--with", "redis", "--keep", "cutout-old-1")
    assert (done.returncode, done.stderr) == (0, "")
    service = strict.load(done.stdout)
    gateway = service["spec"]["template"]["spec"]["containers"][0]
    assert gateway["image"] == "europe-west4-docker.pkg.dev/shop/cutout/gateway:0123456789ab"
    assert {"name": "CUTOUT_STORE", "value": "gs://pictures/cutout"} in gateway["env"]
    assert service["spec"]["traffic"][0]["revisionName"] == "cutout-old-1"


def test_the_command_says_what_it_cannot_take() -> None:
    done = command("--project", "two words")
    assert (done.returncode, done.stdout) == (2, "")
    assert "PROJECT must be letters" in done.stderr
