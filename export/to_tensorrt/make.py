"""From a version in the repository to its engine: build, compare, place."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from export.to_tensorrt.build import Builder, Engine, runner
from export.to_tensorrt.gate import Agreement, Bounds, compare
from export.to_tensorrt.key import Key
from export.to_tensorrt.place import place
from export.to_tensorrt.plan import Plan
from export.to_tensorrt.source import Source


def make(
    source: Source,
    plan: Plan,
    images: NDArray[np.uint8],
    bounds: Bounds,
    builder: Builder,
    measured: Callable[[Agreement], None],
) -> Path:
    """Builds the engine, compares it with ONNX Runtime on the CPU on images (N, S, S, 3), and returns where it was placed.

    `measured` is told of each comparison before it is judged.

    Raises EngineError: nothing was placed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch)
        engine = builder.build(source.model, plan, cache)
        figures = _gate(engine, source, plan, images, bounds, measured)
        key = Key(source.digest, engine.tensorrt, engine.gpu.capability)
        return place(cache, source.folder, key, _record(key, engine, plan, len(images), figures))


def _gate(
    engine: Engine,
    source: Source,
    plan: Plan,
    images: NDArray[np.uint8],
    bounds: Bounds,
    measured: Callable[[Agreement], None],
) -> list[Agreement]:
    reference = runner(ort.InferenceSession(source.model, providers=["CPUExecutionProvider"]))
    figures = []
    for figure in compare(engine.run, reference, images, plan.batches):
        measured(figure)
        figure.check(bounds)
        figures.append(figure)
    return figures


def _record(key: Key, engine: Engine, plan: Plan, pictures: int, figures: list[Agreement]) -> dict[str, Any]:
    """What made the engine; ONNX Runtime's version counts, too, because it is part of the name it looks for."""
    return {
        **asdict(key),
        "gpu": engine.gpu.name,
        "onnxruntime": engine.onnxruntime,
        "plan": asdict(plan),
        "pictures": pictures,
        "agreement": [asdict(figure) for figure in figures],
    }
