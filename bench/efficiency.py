"""How much of the machine becomes pictures: `scripts/bench efficiency`.

Efficiency at saturation = pictures/s x (CPU seconds of the network alone + CPU seconds of decode, resize, compose and
encode alone) / cores, all measured in one run. The clients take their share of the same cores and are not deducted.
"""

import argparse
import asyncio
import io
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import onnxruntime as ort
from PIL import Image

from bench import phone
from bench.own import ours
from bench.running import Running, running_service

MODEL = Path(__file__).parent.parent / "model_repository" / "inspyrenet_demo" / "2" / "model.onnx"
BATCH = 4
JPEG = {"Content-Type": "image/jpeg"}


def photo() -> bytes:
    """A real photograph, 640 x 480, as a JPEG."""
    import skimage.data

    out = io.BytesIO()
    Image.fromarray(skimage.data.astronaut()).resize((640, 480)).save(out, "JPEG", quality=90)
    return out.getvalue()


def cpu_seconds(work: Callable[[], object], pictures: int, times: int) -> float:
    """Median CPU seconds a picture, over all threads of this process."""
    work()
    samples = []
    for _ in range(times):
        begin = time.process_time()
        work()
        samples.append((time.process_time() - begin) / pictures)
    return statistics.median(samples)


def network_alone(times: int) -> float:
    """As many sessions of one thread as there are cores, all in a loop: the most pictures that the cores can do."""
    cores = len(os.sched_getaffinity(0))
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = [ort.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"]) for _ in range(cores)]
    batch = np.random.default_rng(0).integers(0, 256, (BATCH, *sessions[0].get_inputs()[0].shape[1:]), np.uint8)
    with ThreadPoolExecutor(cores) as pool:
        run = lambda: list(pool.map(lambda session: session.run(None, {"image": batch}), sessions))  # noqa: E731
        return cpu_seconds(run, BATCH * cores, times)


def pictures_alone(data: bytes, times: int) -> float:
    cut = ours(phone.mask(384), 384)
    return cpu_seconds(lambda: cut(data, "webp"), 1, times)


async def throughput(url: str, data: bytes, clients: int, seconds: float) -> tuple[float, list[float]]:
    """Pictures a second and each answer's seconds, with `clients` in a closed loop, after a run-in."""
    latencies: list[float] = []
    run_in = time.monotonic() + 3
    end = run_in + seconds

    async def client(http: httpx.AsyncClient) -> None:
        while (begin := time.monotonic()) < end:
            response = await http.post("/api/v2/process?output_format=webp", content=data, headers=JPEG)
            response.raise_for_status()
            if begin >= run_in:
                latencies.append(time.monotonic() - begin)

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
        await asyncio.gather(*(client(http) for _ in range(clients)))
    return len(latencies) / (time.monotonic() - run_in), latencies


def lone_requests(url: str, data: bytes, count: int) -> list[float]:
    """Seconds of requests one after another; the first is the first that the service ever gets."""
    seconds = []
    with httpx.Client(base_url=url, timeout=60) as http:
        for _ in range(count):
            begin = time.monotonic()
            http.post("/api/v2/process?output_format=webp", content=data, headers=JPEG).raise_for_status()
            seconds.append(time.monotonic() - begin)
    return seconds


def measure(running: Running, clients: int, seconds: float) -> None:
    data = photo()
    idle = running.gateway.memory_info().rss
    alone = lone_requests(running.url, data, 15)
    before = running.triton_metrics()
    rate, latencies = asyncio.run(throughput(running.url, data, clients, seconds))
    after = running.triton_metrics()
    batch = _increase(before, after, "nv_inference_count") / _increase(before, after, "nv_inference_exec_count")
    network, around = network_alone(12), pictures_alone(data, 40)
    cores = len(os.sched_getaffinity(0))
    print(f"start to first successful cut-out  {running.seconds:.2f} s")
    print(f"idle RSS of the gateway            {idle / 2**20:.0f} MiB")
    print(f"first request / median of the next {1000 * alone[0]:.0f} / {1000 * statistics.median(alone[1:]):.0f} ms")
    print(f"throughput, {clients} clients            {rate:.2f} pictures/s on {cores} cores")
    print(f"latency p50 / p95                  {_quantile(latencies, 50):.2f} / {_quantile(latencies, 95):.2f} s")
    print(f"pictures a batch                   {batch:.2f}")
    print(f"CPU: network / the rest, alone     {1000 * network:.0f} / {1000 * around:.1f} ms a picture")
    print(f"efficiency at saturation           {rate * (network + around) / cores:.2f}")


def _increase(before: dict[str, float], after: dict[str, float], name: str) -> float:
    return after[name] - before[name]


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    with running_service() as running:
        measure(running, arguments.clients, arguments.seconds)


if __name__ == "__main__":
    main()
