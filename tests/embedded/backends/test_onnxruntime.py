"""The backend as Triton runs it: exact, independent of the batch, and batched under load."""

import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import tritonclient.grpc as client

from gateway.embedded import EmbeddedTriton
from tests.standin import graph

RANDOM = np.random.default_rng(5)
PICTURES = RANDOM.integers(0, 256, (8, 64, 64, 3), np.uint8)


def infer(connection: client.InferenceServerClient, pictures: np.ndarray, model: str = "standin") -> list[np.ndarray]:
    image = client.InferInput("image", list(pictures.shape), "UINT8")
    image.set_data_from_numpy(pictures)
    result = connection.infer(model, [image], client_timeout=30)
    return [result.as_numpy("alpha"), result.as_numpy("confidence")]


def test_the_answer_is_onnx_runtimes_own(standin_triton: EmbeddedTriton) -> None:
    session = ort.InferenceSession(graph().SerializeToString())
    alpha, confidence = session.run(["alpha", "confidence"], {"image": PICTURES})
    with client.InferenceServerClient(standin_triton.grpc_address) as connection:
        answered = infer(connection, PICTURES)
    assert np.array_equal(answered[0], alpha)
    assert np.array_equal(answered[1], confidence)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_a_pictures_mask_does_not_depend_on_its_batch(count: int, standin_triton: EmbeddedTriton) -> None:
    with client.InferenceServerClient(standin_triton.grpc_address) as connection:
        alone = np.concatenate([infer(connection, picture[None])[0] for picture in PICTURES[:count]])
        together = infer(connection, PICTURES[:count])[0]
    assert np.array_equal(alone, together)


def test_sixteen_clients_share_runs_and_get_their_own_answers(standin_triton: EmbeddedTriton) -> None:
    pictures = RANDOM.integers(0, 256, (16, 1, 256, 256, 3), np.uint8)

    def one_client(index: int) -> list[np.ndarray]:
        with client.InferenceServerClient(standin_triton.grpc_address) as connection:
            return [infer(connection, pictures[index], "slow")[0] for _ in range(4)]

    before = executions(standin_triton)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one_client, range(16)))
    inferences, runs = (after - start for after, start in zip(executions(standin_triton), before, strict=True))
    assert inferences == 64
    assert inferences / runs > 1.5
    with client.InferenceServerClient(standin_triton.grpc_address) as connection:
        for picture, masks in zip(pictures, answers, strict=True):
            alone = infer(connection, picture, "slow")[0]
            assert all(np.array_equal(mask, alone) for mask in masks)


def executions(triton: EmbeddedTriton, model: str = "slow") -> tuple[float, float]:
    """How many pictures `model` answered, and in how many runs of its graph."""
    with urllib.request.urlopen(f"http://{triton.metrics_address}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return counter(text, "nv_inference_count", model), counter(text, "nv_inference_exec_count", model)


def counter(text: str, name: str, model: str) -> float:
    return sum(float(value) for value in re.findall(rf'^{name}{{model="{model}",.*}} (\S+)$', text, re.MULTILINE))


def test_a_request_beyond_the_batch_limit_is_refused(standin_triton: EmbeddedTriton) -> None:
    with (
        client.InferenceServerClient(standin_triton.grpc_address) as connection,
        pytest.raises(client.InferenceServerException, match="must be <= 8"),
    ):
        infer(connection, np.repeat(PICTURES[:1], 9, axis=0))


def test_the_backend_reads_no_variables() -> None:
    source = Path(__file__).parents[3] / "gateway" / "embedded" / "backends" / "onnxruntime" / "model.py"
    assert "environ" not in source.read_text()
