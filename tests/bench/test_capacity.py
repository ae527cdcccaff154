"""The simulation reckons with what is deployed."""

import subprocess
import sys
from pathlib import Path

from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from bench.fleet.day import Design
from gateway.settings import Settings
from tests.deploy import manifests

ROOT = Path(__file__).parents[2]


def test_it_is_the_manifest_that_is_simulated() -> None:
    service = manifests.service("cloudrun.yaml")
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    found = manifests.containers(service)
    platform = Design().platform
    assert platform.least == int(annotations["autoscaling.knative.dev/minScale"])
    assert platform.most == int(annotations["autoscaling.knative.dev/maxScale"])
    assert platform.concurrency == manifests.revision(service)["containerConcurrency"]
    assert platform.cpus == sum(map(manifests.cpus, found.values()))
    assert Design().gib == sum(map(manifests.gib, found.values()))
    assert str(Design().threads) == manifests.variables(found["gateway"])["CUTOUT_THREADS"]


def test_so_are_the_gateways_defaults_and_tritons_configuration() -> None:
    settings = Settings.from_env({"CUTOUT_THREADS": str(Design().threads)})
    assert (Design().permits, Design().places, Design().soon) == (
        settings.permits,
        settings.places,
        settings.wait_seconds,
    )
    text = (ROOT / "model_repository" / "inspyrenet" / "configs" / "l4.pbtxt").read_text()
    config = text_format.Parse(text, ModelConfig())
    batching = Design().batching
    assert batching.instances == config.instance_group[0].count
    assert batching.most == config.max_batch_size
    assert batching.delay == config.dynamic_batching.max_queue_delay_microseconds / 1e6
    assert batching.waiting == config.dynamic_batching.default_queue_policy.max_queue_size


def test_the_command_prints_a_table() -> None:
    command = [sys.executable, "-m", "bench.capacity", "--pictures", "50", "500", "--each", "0.02"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    head, *rows = done.stdout.splitlines()
    assert head.startswith("pictures/day")
    assert [row.split("|")[0].strip() for row in rows] == ["50", "50", "500", "500"]
