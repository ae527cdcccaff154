"""The time line of a start, from the command to the first successful cut-out: `scripts/bench start`.

Twice: the embedded default, one command; and the production layout, both containers on one machine as tests/deploy starts
them without an engine (for root only), the second when the first is ready, as a platform with a start order does it, or both
at once. Beside the seconds of the clock stand the CPU seconds of all processes: on a busy machine only those tell. The last
table is what Python imports until it can serve.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil

from gateway.endpoints.page import STUDIO
from tests.conftest import ROOT
from tests.deploy.container import container, is_possible
from tests.deploy.images import KEY, built_venv, gateway_image, triton_image
from tests.deploy.test_containers import free_ports

MODEL = "inspyrenet_demo"
PHOTO = STUDIO / "sample.jpg"
GIVE_UP_SECONDS = 60
LOOK_SECONDS = 0.005


class TimeLine:
    """Seconds since the command, and CPU seconds of `processes` and all below them, at each mark."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self.processes: list[psutil.Process] = []
        self.marks: dict[str, tuple[float, float]] = {}

    def mark(self, name: str) -> None:
        self.marks[name] = (time.monotonic() - self._begin, sum(cpu_seconds(each) for each in self.processes))

    def when(self, name: str, condition: Callable[[], bool]) -> None:
        """Marks the moment at which `condition` comes true. Raises TimeoutError."""
        end = time.monotonic() + GIVE_UP_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(name)
            time.sleep(LOOK_SECONDS)
        self.mark(name)


def cpu_seconds(process: psutil.Process) -> float:
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    seconds = 0.0
    for each in family:
        try:
            seconds += sum(each.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return seconds


def answers(url: str, status: int = 200) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == status
    except httpx.TransportError:
        return False


def cuts(url: str) -> bool:
    try:
        with PHOTO.open("rb") as photo:
            return httpx.post(f"{url}/api/v2/process", files={"file": photo}, timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def gateway_marks(line: TimeLine, url: str) -> None:
    line.when("/health/live", lambda: answers(f"{url}/health/live"))
    line.when("/health/ready: a first inference", lambda: answers(f"{url}/health/ready"))
    line.when("first cut-out", lambda: cuts(url))


def embedded() -> TimeLine:
    """`gateway serve` with its own Triton."""
    port = free_ports("gateway")["gateway"]
    line = TimeLine()
    command = [sys.executable, "-m", "gateway", "serve", "--port", str(port), "--model", "demo"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    line.processes.append(psutil.Process(process.pid))
    reading = threading.Thread(target=read, args=(process, line))
    reading.start()
    try:
        gateway_marks(line, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)
        reading.join()
    return line


def read(process: subprocess.Popen[str], line: TimeLine) -> None:
    for text in process.stderr or ():
        if "Triton is ready" in text:
            line.mark("Triton is ready")


def production(venv: Path, *, in_order: bool) -> TimeLine:
    """Both containers; the gateway's after Triton's, or at once."""
    ports = free_ports("http", "grpc", "metrics", "gateway")
    with ExitStack() as stack, scratch() as folder:
        secrets = folder / "secrets" / "triton"
        secrets.mkdir(parents=True)
        (secrets / "key").write_text(KEY)
        (folder / "opt").mkdir()
        triton = triton_image(folder / "opt", ROOT / "model_repository", folder / "secrets")
        gateway = gateway_image(venv, folder / "secrets")
        told = {f"CUTOUT_TRITON_{name.upper()}_PORT": str(ports[name]) for name in ("http", "grpc", "metrics")}
        asked = {
            "PORT": str(ports["gateway"]),
            "CUTOUT_TRITON": f"localhost:{ports['grpc']}",
            "CUTOUT_TRITON_KEY_FILE": "/secrets/triton/key",
        }
        line = TimeLine()
        running = stack.enter_context(container(triton, folder / "t", CUTOUT_MODEL=MODEL, **told))
        line.processes.append(running.outside)
        probe = f"http://127.0.0.1:{ports['http']}/v2/models/{MODEL}/ready"
        if in_order:
            line.when("Triton is ready", lambda: answers(probe))
        line.processes.append(
            stack.enter_context(container(gateway, folder / "g", CUTOUT_MODEL=MODEL, **asked)).outside
        )
        line.mark("the gateway's container starts")
        gateway_marks(line, f"http://127.0.0.1:{ports['gateway']}")
    return line


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def report(title: str, lines: list[TimeLine]) -> None:
    print(f"\n{title}, median of {len(lines)} (least)\n")
    names = sorted(lines[0].marks, key=lambda name: lines[0].marks[name][0])
    for name in names:
        clock, cpu = zip(*(line.marks[name] for line in lines), strict=True)
        seconds = f"{statistics.median(clock):6.2f} s ({min(clock):.2f})"
        print(f"  {name:34} {seconds}   CPU {statistics.median(cpu):5.2f} s ({min(cpu):.2f})")


def imports(python: str, count: int) -> None:
    """What takes longest until the command has what it needs to serve; of each module, itself and all it brings."""
    command = [python, "-P", "-X", "importtime", "-c", "import gateway.__main__, gateway.commands.serve"]
    log = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True, check=True
    ).stderr
    lines = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \| (.+)", log)
    found = [(int(whole), int(own), name.strip()) for own, whole, name in lines]
    outer = [each for each in found if not each[2].startswith("gateway")]
    print("\nimports that take longest, with all they bring\n")
    for whole, own, name in sorted(outer, reverse=True)[:count]:
        print(f"  {name:40} {whole / 1000:6.0f} ms, itself {own / 1000:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--venv", type=Path, help="the gateway's, as tests/deploy/images.py builds it (default: build one)"
    )
    arguments = parser.parse_args()
    report("embedded default", [embedded() for _ in range(arguments.runs)])
    if is_possible():
        with scratch() as folder:
            venv = arguments.venv or built_venv(folder)
            for in_order, how in ((True, "one after the other"), (False, "both at once")):
                lines = [production(venv, in_order=in_order) for _ in range(arguments.runs)]
                report(f"production layout, {how}", lines)
    imports(sys.executable, 20)


if __name__ == "__main__":
    main()
