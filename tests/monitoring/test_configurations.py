"""What others are told to copy: Prometheus's configuration from the docs, and the sidecar's of Cloud Run."""

import re
from pathlib import Path

import yaml

from gateway.endpoints.table import OPERATIONS
from gateway.settings import Settings
from tests.monitoring.rules import FOLDER, ROOT
from tests.prometheus import promtool


def test_prometheus_takes_the_configuration_of_the_docs(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(global:.*?)```", (ROOT / "docs" / "monitoring.md").read_text(), re.DOTALL)
    assert found is not None
    (tmp_path / "monitoring").symlink_to(FOLDER)
    (tmp_path / "prometheus.yml").write_text(found[1])
    told = promtool("check", "config", tmp_path / "prometheus.yml")
    assert "1 rule files found" in told
    assert [each["job_name"] for each in yaml.safe_load(found[1])["scrape_configs"]] == ["cutout"]


def test_the_sidecar_scrapes_what_there_is() -> None:
    found = yaml.safe_load((FOLDER / "run-monitoring.yaml").read_text())
    assert (found["apiVersion"], found["kind"]) == ("monitoring.googleapis.com/v1beta", "RunMonitoring")
    assert found["metadata"]["name"] == "cutout"  # the label "job"
    (endpoint,) = found["spec"]["endpoints"]
    assert endpoint["port"] == str(Settings.port)
    assert endpoint["path"] in {operation.path for operation in OPERATIONS}
    assert set(found["spec"]["targetLabels"]["metadata"]) <= {"instance", "revision", "service", "configuration"}
