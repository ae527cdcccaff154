"""Both containers as the platform starts them: same command lines, users, paths and variables; the test plays the platform."""

import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.deploy.container import Container, container, is_possible
from tests.deploy.images import REVISION, gateway_image, triton_image
from tests.service import PROCESS
from tests.standin import write_model

pytestmark = pytest.mark.skipif(not is_possible(), reason="namespaces and mounts are root's")

STOP_SECONDS = 8
KILL_SECONDS = 10
"""After which the platform ends what was told to stop."""
PROBES = {
    "http://127.0.0.1:{gateway}/health/live": 5,
    "http://127.0.0.1:{gateway}/health/ready": 2,
    "http://127.0.0.1:{http}/v2/models/inspyrenet/ready": 2,
    "http://127.0.0.1:{http}/v2/health/live": 10,
}
"""What the platform asks, and the seconds it waits for an answer, as in cloudrun.yaml."""


@dataclass
class Platform:
    """One instance: both containers on one network, started and started again on the same ports."""

    scratch: Path
    venv: Path
    models: Path
    secrets: Path
    stack: ExitStack
    ports: dict[str, int] = field(default_factory=lambda: free_ports("http", "grpc", "metrics", "gateway"))
    started: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    @property
    def probe(self) -> str:
        """Of Triton's start-up, as the manifest has it."""
        return f"http://127.0.0.1:{self.ports['http']}/v2/models/inspyrenet/ready"

    def triton(self, **environ: str) -> Container:
        folder = self._folder()
        (folder / "opt").mkdir()
        ports = {f"CUTOUT_TRITON_{name.upper()}_PORT": str(self.ports[name]) for name in ("http", "grpc", "metrics")}
        image = triton_image(folder / "opt", self.models, self.secrets)
        return self.stack.enter_context(container(image, folder / "run", **ports, **environ))

    def gateway(self, **environ: str) -> Container:
        variables = {
            "PORT": str(self.ports["gateway"]),
            "CUTOUT_TRITON": f"localhost:{self.ports['grpc']}",
            "CUTOUT_TRITON_KEY_FILE": "/secrets/triton/key",
            "CUTOUT_MODEL": "inspyrenet",
        }
        image = gateway_image(self.venv, self.secrets)
        return self.stack.enter_context(container(image, self._folder() / "run", **variables, **environ))

    def _folder(self) -> Path:
        self.started += 1
        folder = self.scratch / str(self.started)
        folder.mkdir()
        return folder


@dataclass(frozen=True)
class Answer:
    """What came of a request, and when it was sent."""

    begin: float
    outcome: int | str


@pytest.fixture
def platform(tmp_path: Path, locked: Path, models: Path, secrets: Path) -> Iterator[Platform]:
    with ExitStack() as stack:
        yield Platform(tmp_path, locked, models, secrets, stack)


def free_ports(*names: str) -> dict[str, int]:
    with ExitStack() as stack:
        listeners = {name: stack.enter_context(socket.create_server(("127.0.0.1", 0))) for name in names}
        return {name: listener.getsockname()[1] for name, listener in listeners.items()}


def status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0


def within(seconds: float, condition: Callable[[], Any]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


def is_ready(platform: Platform) -> bool:
    return within(60, lambda: status(f"{platform.url}/health/ready") == 200)


def are_free(platform: Platform, *names: str) -> bool:
    for name in names:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", platform.ports[name]))
            except OSError:
                return False
    return True


def picture(seed: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (48, 48, 3), np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def cut_out(url: str, seed: int = 0) -> httpx.Response:
    return httpx.post(url + PROCESS, files={"file": ("a.png", picture(seed))}, timeout=30)


@contextmanager
def load(url: str, clients: int = 4) -> Iterator[list[Answer]]:
    """Clients that ask one thing after another, a connection for each; their answers as they come."""
    answers: list[Answer] = []
    over = threading.Event()

    def ask(client: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            begin = time.monotonic()
            try:
                answers.append(Answer(begin, cut_out(url, 1000 * client + count).status_code))
            except httpx.TransportError as error:
                answers.append(Answer(begin, type(error).__name__))
                time.sleep(0.05)

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_they_start_serve_and_show_what_they_are(platform: Platform) -> None:
    triton, gateway = platform.triton(), platform.gateway()
    assert is_ready(platform)
    answer = cut_out(platform.url)
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).mode == "RGBA"
    assert httpx.get(f"{platform.url}/version").json()["revision"] == REVISION
    assert triton.first.uids().real == 1000
    assert gateway.first.uids().real == 65532
    assert httpx.get(f"{platform.url}/metrics").status_code == 200
    written = [each.name for each in Path(f"/proc/{gateway.first.pid}/root/tmp").rglob("*") if each.is_file()]
    assert written == ["starts.json"]
    said = [json.loads(line) for line in gateway.output.read_text().splitlines()]
    assert {each["severity"] for each in said} == {"INFO"}


def test_the_gateway_waits_for_a_triton_that_starts_later(platform: Platform) -> None:
    gateway = platform.gateway()
    assert within(15, lambda: status(f"{platform.url}/health/live") == 200)
    answer = httpx.get(f"{platform.url}/health/ready")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert status(platform.probe) == 0
    platform.triton()
    assert is_ready(platform)
    assert status(platform.probe) == 200
    assert gateway.is_running


def test_probes_are_answered_in_time_under_load(platform: Platform) -> None:
    platform.triton()
    platform.gateway()
    assert is_ready(platform)
    with load(platform.url, clients=8) as answers:
        assert within(20, lambda: len(answers) >= 8)
        for url, seconds in PROBES.items():
            asked = [httpx.get(url.format(**platform.ports), timeout=30) for _ in range(5)]
            assert {each.status_code for each in asked} == {200}
            assert max(each.elapsed.total_seconds() for each in asked) < seconds


def test_told_to_stop_under_load_they_finish_what_they_have_accepted(platform: Platform) -> None:
    triton, gateway = platform.triton(), platform.gateway()
    assert is_ready(platform)
    with load(platform.url) as answers:
        assert within(20, lambda: len(answers) >= 8)
        for each in (gateway, triton):  # at once, as the platform does
            each.signal(SIGTERM)
        told = time.monotonic()
        assert gateway.ended(STOP_SECONDS) == 0
        assert triton.ended(KILL_SECONDS) == 0
        assert time.monotonic() - told < KILL_SECONDS
    accepted = [each for each in answers if each.begin < told - 0.1]
    assert {each.outcome for each in accepted} == {200}
    assert {each.outcome for each in answers} <= {200, "ConnectError", "ReadError", "RemoteProtocolError"}
    assert are_free(platform, "http", "grpc", "metrics", "gateway")


def test_triton_killed_for_its_memory_is_survived(platform: Platform) -> None:
    triton, gateway = platform.triton(), platform.gateway()
    assert is_ready(platform)
    with load(platform.url) as answers:
        assert within(20, lambda: len(answers) >= 4)
        (server,) = (each for each in triton.first.children() if each.name() == "tritonserver")
        server.kill()
        assert triton.ended(5) == 128 + SIGKILL
        assert status(f"{platform.url}/health/live") == 200
        platform.triton()
        assert is_ready(platform)
        seen = len(answers)
        assert within(30, lambda: [each.outcome for each in answers[seen:]].count(200) >= 4)
    assert {each.outcome for each in answers} <= {200, 503}
    assert gateway.is_running


def test_a_gateway_that_is_killed_leaves_nothing_and_is_replaced(platform: Platform) -> None:
    triton, gateway = platform.triton(), platform.gateway()
    assert is_ready(platform)
    with load(platform.url, clients=2):
        gateway.signal(SIGKILL)
        gateway.ended(5)
        assert within(5, lambda: are_free(platform, "gateway"))
        platform.gateway()
        assert is_ready(platform)
    assert cut_out(platform.url).status_code == 200
    assert triton.is_running


def test_the_first_process_of_triton_killed_takes_all_with_it(platform: Platform) -> None:
    triton = platform.triton()
    assert within(30, lambda: status(platform.probe) == 200)
    family = triton.first.children(recursive=True)
    assert len(family) >= 2
    triton.signal(SIGKILL)
    triton.ended(5)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
    assert within(5, lambda: are_free(platform, "http", "grpc", "metrics"))


def test_without_its_secret_triton_does_not_start(platform: Platform) -> None:
    triton = platform.triton(CUTOUT_TRITON_KEY_FILE="/secrets/none")
    assert triton.ended(10) == 1
    assert "/secrets/none cannot be read" in triton.output.read_text()


def test_without_engines_for_this_machine_it_compiles_only_when_told(platform: Platform, tmp_path: Path) -> None:
    platform.models = tmp_path / "models"
    write_model(platform.models, "inspyrenet")
    folder = platform.models / "inspyrenet"
    (folder / "configs").mkdir()
    accelerated = (
        'optimization { execution_accelerators { gpu_execution_accelerator: [ { name: "tensorrt" '
        'parameters { key: "trt_engine_cache_path" value: "/engines/inspyrenet" } } ] } }\n'
    )
    (folder / "configs" / "l4.pbtxt").write_text((folder / "config.pbtxt").read_text() + accelerated)
    refused = platform.triton()
    assert refused.ended(10) == 1
    assert re.search("has no engine for|cannot be asked", refused.output.read_text())
    assert are_free(platform, "http", "grpc", "metrics")
    told = platform.triton(CUTOUT_COMPILE_ENGINES="on")
    assert within(30, lambda: status(platform.probe) == 200)
    assert "this start may take minutes" in told.output.read_text()
