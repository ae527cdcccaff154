"""Versions to rehearse a rollout with: each is what its name says, in ONNX Runtime and in a real Triton."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
import skimage.data
import tritonclient.grpc as client

from bench import versions
from export.contract import ALPHA, CONFIDENCE, DATA_FILE, IMAGE, MODEL_FILE
from export.evaluate import soft_iou
from gateway.embedded import EmbeddedTriton
from tests.servers import TRITON_KEY, running_triton
from tests.standin import write_model

DEMO = Path(__file__).parents[2] / "model_repository" / "inspyrenet_demo"
EVEN = np.random.default_rng(3).integers(0, 256, (2, 64, 64, 3), np.uint8)
EVEN[:, 0, 0, 0] = 4
ODD = EVEN.copy()
ODD[1, 0, 0, 0] = 5
ORT_FAILURE = ort.capi.onnxruntime_pybind11_state.InvalidArgument


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The folder of a stand-in with version 1."""
    return write_model(tmp_path).parents[1]


def answer(version: Path, pictures: np.ndarray) -> list[np.ndarray]:
    session = ort.InferenceSession(version / MODEL_FILE, providers=["CPUExecutionProvider"])
    return session.run([ALPHA, CONFIDENCE], {IMAGE: pictures})


@pytest.mark.parametrize("level", [0, 255])
def test_constant_answers_every_picture_alike(level: int, model: Path) -> None:
    alpha, confidence = answer(versions.constant(model, 2, level), EVEN)
    assert (alpha.shape, confidence.shape) == ((2, 64, 64), (2, 1))
    assert (alpha == level).all()


def test_slow_answers_as_version_1_and_no_optimiser_spares_it_the_work(model: Path, tmp_path: Path) -> None:
    folder = versions.slow(model, 2, rounds=5)
    for found, expected in zip(answer(folder, EVEN), answer(model / "1", EVEN), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert convolutions(folder, tmp_path) == convolutions(model / "1", tmp_path) + 5


def convolutions(version: Path, folder: Path) -> int:
    """How many are left when ONNX Runtime has optimised the graph as far as another machine could run it."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    ort.InferenceSession(version / MODEL_FILE, options, providers=["CPUExecutionProvider"])
    nodes = onnx.load(folder / "optimised.onnx").graph.node
    return sum(node.op_type in ("Conv", "FusedConv") for node in nodes)


def test_failing_answers_as_version_1_or_fails_by_the_first_byte(model: Path) -> None:
    folder = versions.failing(model, 2)
    for found, expected in zip(answer(folder, EVEN), answer(model / "1", EVEN), strict=True):
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ORT_FAILURE, match="out of data bounds"):
        answer(folder, ODD)


def test_a_real_model_keeps_its_weights_beside_the_changed_graph(tmp_path: Path) -> None:
    model = versions.copied(DEMO, tmp_path)
    cat = photograph()
    for version in (versions.slow(model, 2, rounds=1), versions.failing(model, 3)):
        np.testing.assert_array_equal(answer(version, cat)[0], answer(DEMO / "1", cat)[0])


def photograph() -> np.ndarray:
    """A cat as the demonstration model sees it, its first byte even."""
    cat = cv2.resize(skimage.data.chelsea(), (384, 384), interpolation=cv2.INTER_AREA)[None].copy()
    cat[0, 0, 0, 0] &= 254
    return cat


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demonstration model with a later epoch as version 2."""
    model = versions.copied(DEMO, tmp_path_factory.mktemp("repository"))
    versions.later_epoch_untraced(model, 2, steps=2)
    return model


def test_a_later_epoch_differs_a_little_on_a_photograph(demo: Path) -> None:
    before, after = (answer(demo / version, photograph())[0] for version in ("1", "2"))
    assert 0.9 < soft_iou(before, after) < 1


def test_a_later_epoch_is_the_same_each_time(demo: Path) -> None:
    again = versions.later_epoch_untraced(demo, 3, steps=2)
    assert (again / DATA_FILE).read_bytes() == (demo / "2" / DATA_FILE).read_bytes()


@pytest.mark.slow
def test_the_export_makes_the_same_of_it(demo: Path) -> None:
    exported = versions.later_epoch(demo, 4, steps=2)
    assert (exported / DATA_FILE).read_bytes() == (demo / "2" / DATA_FILE).read_bytes()
    assert graph_of(exported) == graph_of(demo / "2")


def graph_of(version: Path) -> onnx.GraphProto:
    return onnx.load(version / MODEL_FILE, load_external_data=False).graph


def test_version_1_is_untouched_by_what_is_added_to_a_copy(tmp_path: Path) -> None:
    before = (DEMO / "1" / MODEL_FILE).read_bytes()
    model = versions.copied(DEMO, tmp_path)
    versions.corrupt(model, 2)
    assert (DEMO / "1" / MODEL_FILE).read_bytes() == before == (model / "1" / MODEL_FILE).read_bytes()


def load(triton: EmbeddedTriton, *wanted: int) -> None:
    """Has Triton serve these versions, if it will."""
    name, _, value = TRITON_KEY.partition("=")
    key = {f"triton-grpc-protocol-{name}": value}
    with client.InferenceServerClient(triton.grpc_address) as connection:
        config = connection.get_model_config("standin", as_json=True)["config"]
        config["version_policy"] = {"specific": {"versions": list(wanted)}}
        connection.load_model("standin", config=json.dumps(config), headers=key, client_timeout=30)


def test_triton_serves_those_that_keep_the_contract_and_refuses_the_others(model: Path) -> None:
    with running_triton(model.parent, "standin") as triton:
        versions.constant(model, 2)
        versions.slow(model, 3, rounds=2)
        versions.failing(model, 4)
        load(triton, 1, 2, 3, 4)
        assert infer(triton, 2, EVEN).max() == 0
        assert infer(triton, 3, EVEN).max() == infer(triton, 1, EVEN).max() == 255
        with pytest.raises(client.InferenceServerException, match="out of data bounds"):
            infer(triton, 4, ODD)
        for version, reason in (
            (versions.corrupt(model, 5), "cannot be loaded"),
            (versions.other_contract(model, 6, size=32), r"\[-1, 32, 32, 3\].* in the graph"),
            (versions.other_contract(model, 7, alpha="mask"), "'mask'.* in the graph"),
        ):
            with pytest.raises(client.InferenceServerException, match=rf"{version}/model\.onnx .*{reason}"):
                load(triton, 1, int(version.name))
            assert infer(triton, 1, EVEN).max() == 255


def infer(triton: EmbeddedTriton, version: int, pictures: np.ndarray) -> np.ndarray:
    image = client.InferInput(IMAGE, list(pictures.shape), "UINT8").set_data_from_numpy(pictures)
    with client.InferenceServerClient(triton.grpc_address) as connection:
        return connection.infer("standin", [image], str(version), client_timeout=10).as_numpy(ALPHA)
