"""ONNX Runtime on the exported graph against the author's torch code, on this machine's CPU: `scripts/bench speed`.

Same weights, same pictures, as many threads as there are cores for both, repetitions of the two in turn in one process, so
that a busy moment of the machine meets both. Torch is given its input ready; ONNX Runtime also converts and scales it.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from checkpoints.place import place
from export import weights
from export.contract import ALPHA, CONFIDENCE, IMAGE, MODEL_FILE
from export.inspyrenet import InSPyReNet
from export.randomness import calibrated
from export.to_onnx import traced
from export.variants import VARIANTS
from tests.export import author
from tests.export.photographs import photographs

CORES = len(os.sched_getaffinity(0))


REPETITIONS = {"fast": {1: 15, 4: 7}, "base": {1: 7}}
"""Of each implementation, by variant and batch size."""
QUICK = {"fast": {1: 5}}


def in_turn(works: list[Callable[[], object]], times: int) -> list[list[float]]:
    """Seconds of each repetition of each work, after one that does not count."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(times + 1):
        for work, taken in zip(works, seconds, strict=True):
            begin = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begin)
    return [taken[1:] for taken in seconds]


def session(model: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = CORES
    options.add_session_config_entry("session.set_denormal_as_zero", "1")  # as the embedded Triton's backend does
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def exported(network: InSPyReNet, size: int, folder: Path) -> Path:
    """A model file with the network's graph and weights, as `export onnx` makes it."""
    torch.save(network.state_dict(), folder / "random.pth")
    graph = traced(network, size, folder)
    place(graph, folder / "random.pth", weights.layout(network), folder / "1", {})
    return folder / "1" / MODEL_FILE


def pictures(size: int, batch: int) -> NDArray[np.uint8]:
    return np.resize(photographs(size), (batch, size, size, 3))


def measure(network: InSPyReNet, runtime: ort.InferenceSession, images: NDArray[np.uint8], times: int) -> str:
    size = images.shape[1]
    theirs, x = author.network(network.state_dict(), size), author.normalised(images)
    with torch.inference_mode():
        torch_seconds, ort_seconds = in_turn(
            [lambda: theirs(x), lambda: runtime.run([ALPHA, CONFIDENCE], {IMAGE: images})], times
        )
    medians = statistics.median(torch_seconds) / statistics.median(ort_seconds)
    minima = min(torch_seconds) / min(ort_seconds)
    return f"{_cell(torch_seconds)}  {_cell(ort_seconds)}  {medians:.2f}x ({minima:.2f}x)"


def _cell(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):6.2f} s ({min(seconds):5.2f})"


def compare(name: str, repetitions: dict[int, int], models: dict[int, Path]) -> None:
    """Prints a line for each batch size; the variant's model is the one of its size in `models`, or exported."""
    size = VARIANTS[name].size
    network = calibrated(VARIANTS[name].build(), pictures(size, 1))
    with tempfile.TemporaryDirectory() as folder:
        runtime = session(models.get(size) or exported(network, size, Path(folder)))
    for batch, times in repetitions.items():
        print(f"{name:8} {size:>4} {batch:>5}  {measure(network, runtime, pictures(size, batch), times)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only `fast` with one picture")
    parser.add_argument(
        "--model", type=Path, action="append", default=[], metavar="FILE",
        help="measure this model.onnx of `fast` or `base` instead of one exported for the occasion; may be repeated",
    )  # fmt: skip
    arguments = parser.parse_args()
    torch.set_num_threads(CORES)
    models = {_size(path): path for path in arguments.model}
    print(f"{CORES} cores; median (minimum)\nvariant  size batch  author's torch    ONNX Runtime      ratio")
    for name, repetitions in (QUICK if arguments.quick else REPETITIONS).items():
        compare(name, repetitions, models)


def _size(model: Path) -> int:
    side: int = onnx.load(model, load_external_data=False).graph.input[0].type.tensor_type.shape.dim[1].dim_value
    return side


if __name__ == "__main__":
    main()
