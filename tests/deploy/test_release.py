"""A release with real smoke tests of real services; only gcloud is a stand-in that keeps traffic in a file."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.release import ReleaseError, serving, tagged
from tests.deploy import strict
from tests.deploy.manifests import VALUES

ROOT = Path(__file__).parents[2]
REVISION = VALUES["REVISION"]
NOWHERE = "http://127.0.0.1:9"


class Cloud:
    """What was released where; `cutout-old` serves at the start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        gcloud = folder / "gcloud"
        gcloud.write_text(f"#!{sys.executable}\n" + (Path(__file__).parent / "gcloud.py").read_text())
        gcloud.chmod(0o755)

    def released(
        self,
        revision: str = REVISION,
        *,
        refuse: str = "",
        stuck: bool = False,
        traffic: list[dict[str, Any]] | None = None,
        **addresses: str,
    ) -> subprocess.CompletedProcess[str]:
        """The outcome of a release; `addresses` are where the tag and, once it has traffic, the new revision answer."""
        whole = [{"revisionName": "cutout-old", "percent": 100, "latestRevision": True}]
        state = {
            "serving": "cutout-old",
            "status": {"url": NOWHERE, "traffic": traffic or whole},
            "addresses": {"tag": addresses.get("tag", NOWHERE), "cutout-new": addresses.get("whole", NOWHERE)},
            "calls": [],
            "refuse": refuse,
            "stuck": stuck,
        }
        (self.folder / "state").write_text(json.dumps(state))
        environ = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "GCLOUD_STATE": str(self.folder / "state"),
            "SMOKE_SECONDS": "1",
        }
        values = ("--project", "shop", "--region", "europe-west4", "--bucket", "shop-cutout", "--revision", revision)
        command = [sys.executable, "-m", "deploy.release", *values]
        return subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True)

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "state").read_text()))

    @property
    def serving(self) -> str:
        return serving(self.state)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def test_a_revision_that_answers_gets_all_traffic(cloud: Cloud, deployed: str) -> None:
    done = cloud.released(tag=deployed, whole=deployed)
    assert done.returncode == 0, done.stderr
    assert cloud.serving == "cutout-new"
    assert "--to-revisions=cutout-old=100" in done.stdout
    assert [call[0] for call in cloud.state["calls"]] == [
        "describe",
        "replace",
        "describe",
        "update-traffic",
        "describe",
    ]


def test_it_is_deployed_beside_what_serves(cloud: Cloud, deployed: str) -> None:
    cloud.released(tag=deployed, whole=deployed)
    traffic = strict.load(cloud.state["manifest"])["spec"]["traffic"]
    assert traffic[0] == {"revisionName": "cutout-old", "percent": 100}
    assert traffic[1] == {"revisionName": f"cutout-{REVISION}-1", "percent": 0, "tag": "next"}


def test_one_that_does_not_answer_gets_none(cloud: Cloud) -> None:
    done = cloud.released()
    assert done.returncode == 1
    assert "did not pass scripts/smoke" in done.stderr
    assert cloud.serving == "cutout-old"
    assert "update-traffic" not in [call[0] for call in cloud.state["calls"]]


def test_old_code_behind_the_new_name_gets_none(cloud: Cloud, deployed: str) -> None:
    done = cloud.released("ffffffffffff", tag=deployed, whole=deployed)
    assert f"runs revision {REVISION}, not ffffffffffff" in done.stderr
    assert cloud.serving == "cutout-old"


def test_what_fails_with_all_traffic_is_taken_back(cloud: Cloud, deployed: str) -> None:
    done = cloud.released(tag=deployed, whole=NOWHERE)
    assert done.returncode == 1
    assert "cutout-old has the traffic back" in done.stderr
    assert cloud.serving == "cutout-old"


def test_traffic_that_does_not_move_is_no_release(cloud: Cloud, deployed: str) -> None:
    done = cloud.released(stuck=True, tag=deployed, whole=deployed)
    assert done.returncode == 1
    assert "cutout-new was given all traffic, and cutout-old has it" in done.stderr


def test_a_deployment_that_fails_says_so_and_moves_nothing(cloud: Cloud, deployed: str) -> None:
    done = cloud.released(refuse="replace", tag=deployed)
    assert done.returncode == 1
    assert "quota exceeded" in done.stderr
    assert "gcloud run services replace failed" in done.stderr


def test_nothing_is_released_into_the_middle_of_something(cloud: Cloud, deployed: str) -> None:
    half = [{"revisionName": "a", "percent": 50}, {"revisionName": "b", "percent": 50}]
    done = cloud.released(traffic=half, tag=deployed)
    assert done.returncode == 1
    assert "traffic is split" in done.stderr
    assert [call[0] for call in cloud.state["calls"]] == ["describe"]


def test_a_tag_that_nobody_has() -> None:
    with pytest.raises(ReleaseError, match="no revision has the tag next"):
        tagged({"status": {"traffic": [{"revisionName": "a", "percent": 100}]}}, "next")
