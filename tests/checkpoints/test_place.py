"""A placed model: its tensors where the graph looks for them, whole or not at all."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper

from checkpoints import catalogue, layout, metadata
from checkpoints.errors import CheckpointError, FormatError, LayoutError, MissingError, SpaceError, TakenError
from checkpoints.place import place
from export.variants import VARIANTS
from tests.checkpoints.networks import random_state, write_layout

FACTS = {"variant": "small", "weights_sha256": "0" * 64}


@pytest.fixture
def network(tmp_path) -> layout.Layout:
    return layout.load(write_layout(tmp_path / "layout.json"))


@pytest.fixture
def graph(tmp_path, network) -> Path:
    """y = x @ head.weight + head.gamma, with its tensors in model.data."""
    places = layout.offsets(network)
    tensors = [external(key, network[key].shape, *places[key]) for key in ("head.weight", "head.gamma")]
    nodes = [
        helper.make_node("MatMul", ["x", "head.weight"], ["m"]),
        helper.make_node("Add", ["m", "head.gamma"], ["y"]),
    ]
    x, y = (helper.make_tensor_value_info(*v) for v in (("x", 1, ["n", 300]), ("y", 1, ["n", 50])))
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], tensors), opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    )
    path = tmp_path / "graph.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def external(name: str, shape, offset: int, length: int) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "model.data"), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def test_onnx_runtime_computes_with_the_tensors_of_the_checkpoint(saved, graph, network, tmp_path):
    version = tmp_path / "repository" / "small" / "1"
    place(graph, saved, network, version, FACTS)
    session = ort.InferenceSession(version / "model.onnx", providers=["CPUExecutionProvider"])
    x = np.linspace(-1, 1, 600, dtype=np.float32).reshape(2, 300)
    state = random_state()
    expected = x @ state["head.weight"].numpy() + state["head.gamma"].numpy()
    np.testing.assert_allclose(session.run(None, {"x": x})[0], expected, atol=1e-4)
    facts = FACTS | {"data_bytes": str(layout.data_size(network))}
    assert session.get_modelmeta().custom_metadata_map == facts
    assert session.get_modelmeta().graph_name == "inspyrenet-small-0000000000000000"


def test_the_version_holds_two_files_that_anyone_may_read(saved, graph, network, tmp_path):
    version = tmp_path / "small" / "1"
    place(graph, saved, network, version, FACTS)
    assert sorted(path.name for path in version.iterdir()) == ["model.data", "model.onnx"]
    assert {path.stat().st_mode & 0o777 for path in version.iterdir()} == {0o644}
    assert version.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in version.parent.iterdir()] == ["1"]


def test_a_version_is_replaced_and_leftovers_of_killed_runs_are_swept(saved, graph, network, tmp_path):
    model = tmp_path / "small"
    for folder in ("1", ".1.partial-killed", ".1.old-99", ".2.partial-other", "2"):
        (model / folder).mkdir(parents=True)
        (model / folder / "stale").touch()
    place(graph, saved, network, model / "1", FACTS)
    assert sorted(path.name for path in model.iterdir()) == [".2.partial-other", "1", "2"]
    assert not (model / "1" / "stale").exists()


def test_a_version_that_must_be_new_is_refused_where_there_is_one(saved, graph, network, tmp_path):
    model = tmp_path / "small"
    for folder in ("1", "9", ".12.partial-killed"):
        (model / folder).mkdir(parents=True)
    with pytest.raises(TakenError, match=rf"{model}/1: this version is there already .*`--version 10`, or delete"):
        place(graph, saved, network, model / "1", FACTS, replace=False)
    assert list((model / "1").iterdir()) == []


def test_of_two_at_once_one_is_refused_where_the_version_must_be_new(saved, graph, network, tmp_path):
    version = tmp_path / "small" / "1"
    refused = []

    def placed() -> None:
        try:
            place(graph, saved, network, version, FACTS, replace=False)
        except TakenError as exc:
            refused.append(exc)

    threads = [threading.Thread(target=placed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    onnx.checker.check_model(version / "model.onnx")


def test_two_at_once_do_not_harm_each_other(saved, graph, network, tmp_path):
    version = tmp_path / "small" / "1"
    threads = [threading.Thread(target=place, args=(graph, saved, network, version, FACTS)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in version.parent.iterdir()] == ["1"]
    onnx.checker.check_model(version / "model.onnx")


def test_who_examines_it_sees_the_whole_and_adds_what_was_found(saved, graph, network, tmp_path):
    version = tmp_path / "small" / "1"

    def examine(folder: Path) -> dict[str, str]:
        ort.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        assert not version.exists()
        return {"parity": "good"}

    place(graph, saved, network, version, FACTS, examine)
    facts = metadata.read(version / "model.onnx")
    assert facts == FACTS | {"data_bytes": str(layout.data_size(network)), "parity": "good"}


def test_who_examines_it_may_refuse_it(saved, graph, network, tmp_path):
    def examine(folder: Path) -> dict[str, str]:
        raise ValueError("too far off")

    with pytest.raises(ValueError, match="too far off"):
        place(graph, saved, network, tmp_path / "small" / "1", FACTS, examine)
    assert list((tmp_path / "small").iterdir()) == []


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(random_state()["head.weight"].numpy().tobytes()) + 8] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda checkpoint, graph: damage(checkpoint), FormatError),
        (lambda checkpoint, graph: torch.save({"w": torch.zeros(1)}, checkpoint), LayoutError),
        (lambda checkpoint, graph: checkpoint.unlink(), MissingError),
        (lambda checkpoint, graph: graph.unlink(), MissingError),
    ],
    ids=["damaged", "layout", "no checkpoint", "no graph"],
)
def test_what_fails_leaves_the_version_that_was_there(saved, graph, network, tmp_path, spoil, kind):
    checkpoint, version = tmp_path / "c.pth", tmp_path / "small" / "1"
    checkpoint.write_bytes(saved.read_bytes())
    version.mkdir(parents=True)
    (version / "model.onnx").write_text("the one before")
    spoil(checkpoint, graph)
    with pytest.raises(kind):
        place(graph, checkpoint, network, version, FACTS)
    assert [path.relative_to(version.parent).as_posix() for path in version.parent.rglob("*")] == ["1", "1/model.onnx"]


def test_a_repository_that_cannot_be_written_is_named(saved, graph, network, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"file/small/1: cannot be written \(Not a directory\)"):
        place(graph, saved, network, tmp_path / "file" / "small" / "1", FACTS)


KILLED = """
import os, signal, sys
from pathlib import Path
from checkpoints import layout
from checkpoints.place import place
graph, checkpoint, network, version = map(Path, sys.argv[1:])
place(graph, checkpoint, layout.load(network), version, {}, lambda folder: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_run_that_is_killed_leaves_no_version_and_does_not_hinder_the_next(saved, graph, network, tmp_path):
    version = tmp_path / "small" / "2"
    paths = [graph, saved, tmp_path / "layout.json", version]
    ended = subprocess.run([sys.executable, "-c", KILLED, *paths], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    [leftover] = version.parent.iterdir()
    assert leftover.name.startswith(".2.partial-")  # which Triton does not take for a version
    place(graph, saved, network, version, FACTS, replace=False)
    assert [path.name for path in version.parent.iterdir()] == ["2"]


CRAMPED = """
import resource, sys
from pathlib import Path
from checkpoints import layout
from checkpoints.place import place
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
graph, checkpoint, network, version = map(Path, sys.argv[1:])
place(graph, checkpoint, layout.load(network), version, {})
"""


def test_a_disk_that_fills_up_leaves_nothing_behind(saved, graph, network, tmp_path):
    version = tmp_path / "small" / "1"
    paths = [graph, saved, tmp_path / "layout.json", version]
    ended = subprocess.run([sys.executable, "-c", CRAMPED, *paths], capture_output=True, text=True, timeout=60)
    assert f"SpaceError: {version}: the disk is full: make room" in ended.stderr
    assert list(version.parent.iterdir()) == []


def test_a_disk_that_is_too_small_is_seen_before(saved, graph, network, tmp_path):
    with graph.open("ab") as file:
        file.truncate(2**43)  # of zeros that take no place, but would once copied
    with pytest.raises(SpaceError, match=r"8,796,\d{3} MB are needed"):
        place(graph, saved, network, tmp_path / "small" / "1", FACTS)
    assert list((tmp_path / "small").iterdir()) == []


@pytest.fixture
def full_size(tmp_path):
    """A checkpoint as large as the official ones, gone when the test is."""
    with torch.device("meta"):
        empty = VARIANTS["fast"].build().state_dict()
    torch.manual_seed(0)
    state = {
        key: torch.randn(value.shape) if value.is_floating_point() else torch.zeros(value.shape, dtype=value.dtype)
        for key, value in empty.items()
    }
    path = tmp_path / "full.pth"
    torch.save(state, path)
    yield state, path
    path.unlink()


def test_a_checkpoint_of_full_size_bit_for_bit(full_size, graph, tmp_path):
    state, path = full_size
    network = layout.load(catalogue.SWIN_B)
    version = tmp_path / "inspyrenet_fast" / "1"
    place(graph, path, network, version, FACTS)
    data = np.memmap(version / "model.data", np.uint8, "r")
    assert len(data) == layout.data_size(network)
    for key, (offset, length) in layout.offsets(network).items():
        assert np.array_equal(data[offset : offset + length].view(np.float32), state[key].numpy().ravel()), key
    del data
    (version / "model.data").unlink()
