"""The manifests against the settings, the routes, Triton and the platform's limits: nothing in them is invented."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from deploy.triton.settings import VARIABLES as OF_TRITON
from deploy.triton.settings import Settings as TritonSettings
from gateway.endpoints.table import OPERATIONS
from gateway.settings import VARIABLES, Settings
from gateway.workers import Workers
from tests.deploy import manifests, platform, strict
from tests.deploy.manifests import VARIANTS, containers, cpus, gib, revision, variables
from tests.service import Triton

ROOT = manifests.ROOT
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
TRITON_PATHS = {"/v2/health/live", "/v2/health/ready", "/v2/models/inspyrenet/ready"}


def named(variant: tuple[str, tuple[str, ...]]) -> str:
    return "+".join([variant[0], *variant[1]])


@pytest.fixture(params=VARIANTS, ids=named)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return manifests.service(*request.param)


def test_annotations_are_known_where_they_stand(service: dict[str, Any]) -> None:
    assert service["metadata"]["annotations"].keys() <= platform.SERVICE.keys()
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    assert annotations.keys() <= platform.REVISION.keys()
    assert all(isinstance(value, str) for value in annotations.values()), "the API takes strings alone"


def test_fields_are_known(service: dict[str, Any]) -> None:
    assert revision(service).keys() <= platform.REVISION_SPEC
    for container in containers(service).values():
        assert container.keys() <= platform.CONTAINER  # dependsOn, for one, is none
    for name, _, probe in probes(service):
        assert probe.keys() <= platform.PROBE, name


def probes(service: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, container in containers(service).items():
        for kind in ("startupProbe", "livenessProbe"):
            if kind in container:
                yield name, kind, container[kind]


def test_one_container_has_the_port_and_one_the_gpu(service: dict[str, Any]) -> None:
    assert [bool(each.get("ports")) for each in containers(service).values()].count(True) == 1
    gpus = [each["resources"]["limits"].get("nvidia.com/gpu") for each in containers(service).values()]
    assert [gpu for gpu in gpus if gpu] == ["1"]
    assert revision(service)["nodeSelector"] == {"run.googleapis.com/accelerator": "nvidia-l4"}
    assert service["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/cpu-throttling"] == "false"


def test_the_gateway_waits_for_a_triton_that_has_a_start_up_probe(service: dict[str, Any]) -> None:
    annotation = service["spec"]["template"]["metadata"]["annotations"].get("run.googleapis.com/container-dependencies")
    for first in {each for firsts in json.loads(annotation or "{}").values() for each in firsts}:
        assert "startupProbe" in containers(service)[first]
    if "gateway" in containers(service):
        assert json.loads(annotation)["gateway"] == ["triton"]


def test_resources_are_within_the_platforms_limits(service: dict[str, Any]) -> None:
    found = containers(service).values()
    assert all(cpus(each) in platform.CPUS and gib(each) <= platform.GIB_BY_CPU[cpus(each)] for each in found)
    with_gpu = next(each for each in found if "nvidia.com/gpu" in each["resources"]["limits"])
    assert cpus(with_gpu) >= platform.GPU_LEAST_CPU
    assert gib(with_gpu) >= platform.GPU_LEAST_GIB
    assert sum(map(cpus, found)) <= platform.MOST_CPU
    assert sum(map(gib, found)) <= platform.MOST_GIB


def test_times_and_concurrency_are_what_the_platform_takes(service: dict[str, Any]) -> None:
    assert 1 <= revision(service)["containerConcurrency"] <= platform.MOST_CONCURRENCY
    assert 1 <= revision(service)["timeoutSeconds"] <= platform.MOST_TIMEOUT
    for name, kind, probe in probes(service):
        assert probe["timeoutSeconds"] <= probe["periodSeconds"] <= 240, (name, kind)
        if kind == "startupProbe":
            assert probe["periodSeconds"] * probe["failureThreshold"] <= platform.START_SECONDS, name


def test_concurrency_is_a_batch_in_the_gpu_and_a_batch_that_waits(service: dict[str, Any]) -> None:
    text = (ROOT / "model_repository" / "inspyrenet" / "configs" / "l4.pbtxt").read_text()
    config = text_format.Parse(text, ModelConfig())
    at_the_model = 2 * sum(group.count for group in config.instance_group) * config.max_batch_size
    found = revision(service)["containerConcurrency"]
    assert found == at_the_model
    clock = itertools.count(0, 10)
    workers = Workers(permits=32, places=8, threads=4, seconds=1, clock=lambda: float(next(clock)))
    for _ in range(100):  # at a pace of hardly anything, tens of seconds each
        with workers.place():
            pass
    assert workers.places >= found, "nobody whom the platform sends is refused"


def test_probes_ask_routes_that_there_are(service: dict[str, Any]) -> None:
    open_routes = {each.path for each in OPERATIONS if each.method == "GET" and each.scope is None}
    paths = {"gateway": open_routes, "triton": TRITON_PATHS, "traces": {"/"}}
    ports = {"gateway": 8080, "triton": 8000, "traces": 13133}
    asked = [(name, probe["httpGet"]) for name, _, probe in probes(service)]
    assert asked
    for name, question in asked:
        assert (question["path"] in paths[name], question["port"]) == (True, ports[name])


def test_triton_answers_those_paths(triton: Triton) -> None:
    for path in TRITON_PATHS:
        assert httpx.get(f"http://{triton.server.http_address}{path.replace('inspyrenet', 'standin_demo')}").is_success
    assert not httpx.get(f"http://{triton.server.http_address}/v2/models/nobody/ready").is_success


def test_the_collectors_configurations_fit() -> None:
    service = manifests.service("cloudrun.yaml", ("prometheus", "traces"))
    gateway = containers(service)["gateway"]
    collector = strict.load((ROOT / "monitoring" / "otel-collector.yaml").read_text())
    receiver = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert variables(gateway)["CUTOUT_OTLP"] == f"http://{receiver}"
    assert collector["extensions"]["health_check"]["endpoint"] == "0.0.0.0:13133"
    (endpoint,) = strict.load((ROOT / "monitoring" / "run-monitoring.yaml").read_text())["spec"]["endpoints"]
    assert int(endpoint["port"]) == gateway["ports"][0]["containerPort"]
    assert endpoint["path"] in {each.path for each in OPERATIONS}


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """Stands in the place of /secrets, with what the manifests mount there."""
    for name, text in (("triton/key", "of-the-tests"), ("keys/keys.json", "{}")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    return tmp_path


def environment(container: dict[str, Any], mounted: Path) -> dict[str, str]:
    found = {name: value.replace("/secrets", str(mounted)) for name, value in variables(container).items()}
    return found | {"PORT": str(container["ports"][0]["containerPort"])} if "ports" in container else found


@pytest.mark.parametrize("service", [each for each in VARIANTS if each[0] == "cloudrun.yaml"], ids=named, indirect=True)
def test_every_variable_of_the_gateway_is_a_setting(service: dict[str, Any], mounted: Path) -> None:
    gateway = containers(service)["gateway"]
    names = [each["name"] for each in gateway["env"]]
    assert set(names) <= {variable.name for variable in VARIABLES}
    assert len(names) == len(set(names))
    settings = Settings.from_env(environment(gateway, mounted))
    assert settings.triton == "localhost:8001"
    assert settings.triton_key == "cutout-key=of-the-tests"
    assert settings.triton_metrics == "http://localhost:8002/metrics"
    assert settings.host == "0.0.0.0"
    assert settings.port == 8080
    assert settings.keys == mounted / "keys" / "keys.json"
    assert settings.store == "gs://shop-cutout"
    assert settings.proxies == 1
    assert settings.threads == cpus(gateway)
    patience = settings.body_seconds + settings.request_seconds
    assert revision(service)["timeoutSeconds"] >= patience, "the gateway should say what was too slow"


def test_every_variable_of_triton_is_one_that_its_entry_point_reads(service: dict[str, Any], mounted: Path) -> None:
    found = environment(containers(service)["triton"], mounted)
    assert found.keys() - {"PORT"} <= {variable.name for variable in OF_TRITON}
    settings = TritonSettings.from_env(found)
    assert (settings.model, settings.grpc_port, settings.http_port, settings.metrics_port) == (
        "inspyrenet",
        8001,
        8000,
        8002,
    )
    assert settings.address == "0.0.0.0", "probes come from outside the container"
    assert settings.key() == "cutout-key=of-the-tests"
    assert found.get("PORT", "8001") == "8001"


def test_triton_takes_http_2_where_it_has_the_port() -> None:
    service = manifests.service("cloudrun-grpc.yaml")
    assert containers(service)["triton"]["ports"] == [{"name": "h2c", "containerPort": 8001}]
    assert "run.googleapis.com/invoker-iam-disabled" not in service["metadata"]["annotations"]


def test_what_is_mounted_is_there_and_what_is_there_is_mounted(service: dict[str, Any]) -> None:
    volumes = {each["name"] for each in revision(service)["volumes"]}
    mounted = [mount["name"] for each in containers(service).values() for mount in each.get("volumeMounts", [])]
    assert volumes == set(mounted)
    for container in containers(service).values():
        paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        assert len(paths) == len(set(paths)), "a folder takes one secret"


def test_the_guide_makes_every_secret_account_and_image(service: dict[str, Any]) -> None:
    secrets = [each["secret"]["secretName"] for each in revision(service)["volumes"]]
    secrets += [
        each["valueFrom"]["secretKeyRef"]["name"]
        for container in containers(service).values()
        for each in container.get("env", [])
        if "valueFrom" in each
    ]
    for secret in secrets:
        assert f"gcloud secrets create {secret} " in GUIDE
    account = revision(service)["serviceAccountName"].partition("@")[0]
    assert f"gcloud iam service-accounts create {account}\n" in GUIDE
    assert "gcloud artifacts repositories create cutout " in GUIDE
    ours = [each["image"] for each in containers(service).values() if each["image"].startswith("europe-west4-docker")]
    assert all(image.rpartition(":")[2] == "0123456789ab" for image in ours)


def test_images_are_pinned(service: dict[str, Any]) -> None:
    for container in containers(service).values():
        tag = container["image"].rpartition(":")[2]
        assert re.fullmatch(r"[0-9a-f]{12}|\d+\.\d+\.\d+", tag), container["image"]


def test_no_secret_stands_in_it(service: dict[str, Any]) -> None:
    for container in containers(service).values():
        for name, value in variables(container).items():
            secret = re.search(r"KEY|SECRET|TOKEN|PASSWORD|REDIS", name) and name != "CUTOUT_RATE_KEYS"
            assert not secret or value.startswith("/secrets/"), name
            assert "@" not in value, name


def test_nothing_is_left_to_be_filled_in(service: dict[str, Any]) -> None:
    assert not re.search(r"\b(PROJECT|REGION|BUCKET|REVISION|BUILD)\b", json.dumps(service))
