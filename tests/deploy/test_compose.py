"""One machine: what listens to whom, what is bounded, and that every variable is a setting."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.triton.settings import VARIABLES as OF_TRITON
from deploy.triton.settings import Settings as TritonSettings
from gateway.settings import VARIABLES, Settings
from tests.deploy import strict

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
COMPOSE = strict.load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_it_has_the_five() -> None:
    assert SERVICES.keys() == {"gateway", "triton", "redis", "prometheus", "grafana"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_bounded_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"] == {"driver": "local"}


def test_nothing_but_the_gateway_listens_to_the_world() -> None:
    for name, service in SERVICES.items():
        assert "network_mode" not in service
        for port in service.get("ports", []):
            assert name == "gateway" or port.startswith("127.0.0.1:"), port


@pytest.mark.parametrize("name", ["redis", "prometheus", "grafana"])
def test_versions_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+(-alpine)?", SERVICES[name]["image"])


@pytest.mark.parametrize("name", ["gateway", "triton"])
def test_our_images_are_built_and_tagged_by_revision(name: str) -> None:
    service = SERVICES[name]
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert service["image"].startswith(f"cutout-{name}:${{REVISION")
    assert service["build"]["args"]["REVISION"] == "${REVISION}"
    declared = set(re.findall(r"^ARG (\w+)", (ROOT / service["build"]["dockerfile"]).read_text(), re.MULTILINE))
    assert service["build"]["args"].keys() <= declared


def test_triton_has_the_gpu() -> None:
    devices = SERVICES["triton"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    (tmp_path / "triton-key").write_text("of-the-tests\n")
    (tmp_path / "keys.json").write_text("{}")
    return tmp_path


def environment(name: str, secrets: Path) -> dict[str, str]:
    return {key: value.replace("/run/secrets", str(secrets)) for key, value in SERVICES[name]["environment"].items()}


def test_every_variable_of_the_gateway_is_a_setting(secrets: Path) -> None:
    found = environment("gateway", secrets)
    assert found.keys() <= {variable.name for variable in VARIABLES}
    settings = Settings.from_env(found)
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)
    assert settings.triton_key == "cutout-key=of-the-tests"
    for address in (settings.triton, settings.triton_metrics, settings.redis):
        host = re.sub(r"^\w+://", "", str(address)).partition(":")[0]
        assert host in SERVICES, address
    assert str(settings.threads) == SERVICES["gateway"]["deploy"]["resources"]["limits"]["cpus"]


def test_every_variable_of_triton_is_one_that_its_entry_point_reads(secrets: Path) -> None:
    found = environment("triton", secrets)
    assert found.keys() <= {variable.name for variable in OF_TRITON}
    settings = TritonSettings.from_env(found)
    assert (settings.address, settings.key()) == ("0.0.0.0", "cutout-key=of-the-tests")


@pytest.mark.parametrize("name", ["gateway", "triton"])
def test_its_health_is_asked_with_what_its_image_has(name: str) -> None:
    image = (ROOT / f"{name}.Dockerfile").read_text()
    *_, script, address = SERVICES[name]["healthcheck"]["test"]
    assert f'"{script}"' in image
    assert address.rpartition("/")[2] == "ready"


def test_who_needs_whom_is_waited_for_until_it_answers() -> None:
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES
            assert how == {"condition": "service_healthy"}
    assert SERVICES["gateway"]["depends_on"].keys() == {"triton", "redis"}


def test_volumes_and_secrets_are_declared_used_and_made() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith("./")}
    assert named == COMPOSE["volumes"].keys()
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == COMPOSE["secrets"].keys()
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].removeprefix("./") in GUIDE
    assert {"/secrets/", "/models/", "/data/"} <= set((ROOT / ".gitignore").read_text().splitlines())


def test_every_file_that_is_mounted_exists() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", []) if mount.startswith("./")]
    mounts.remove("./data:/data")
    for mount in mounts:
        assert (ROOT / mount.partition(":")[0]).is_file(), mount
        assert mount.endswith(":ro")


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    assert promtool, "apt-get install prometheus"
    text = (ROOT / "deploy" / "compose" / "prometheus.yaml").read_text()
    (tmp_path / "metrics-key").write_text("cutout_key")
    here = text.replace("/etc/prometheus/alerts.yaml", str(ROOT / "monitoring" / "alerts.yaml"))
    (tmp_path / "prometheus.yaml").write_text(here.replace("/run/secrets", str(tmp_path)))
    done = subprocess.run([promtool, "check", "config", tmp_path / "prometheus.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_grafana_shows_is_where_it_is_mounted() -> None:
    provider = strict.load((ROOT / "deploy" / "compose" / "grafana-dashboards.yaml").read_text())["providers"][0]
    source = strict.load((ROOT / "deploy" / "compose" / "grafana-datasources.yaml").read_text())["datasources"][0]
    assert any(mount.split(":")[1].startswith(provider["options"]["path"]) for mount in SERVICES["grafana"]["volumes"])
    assert source["url"] == "http://prometheus:9090"
