"""Facts appended to an ONNX file, as onnx and ONNX Runtime read them."""

import onnx
import pytest
from onnx import TensorProto, helper

from checkpoints import metadata
from checkpoints.errors import FormatError


def model() -> onnx.ModelProto:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [
        helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    ])  # fmt: skip
    return helper.make_model(graph)


def test_facts_are_added_to_those_that_are_there(tmp_path):
    carried = model()
    helper.set_model_props(carried, {"size": "384"})
    facts = {"variant": "fast", "weights_sha256": "ab" * 32, "text": "é" * 200, "empty": ""}
    data = carried.SerializeToString() + metadata.encode(facts)
    (tmp_path / "m.onnx").write_bytes(data)
    loaded = onnx.load(tmp_path / "m.onnx")
    assert {entry.key: entry.value for entry in loaded.metadata_props} == {"size": "384"} | facts
    assert loaded.graph == carried.graph
    assert metadata.read(tmp_path / "m.onnx") == {"size": "384"} | facts


def test_the_shipped_model_is_read_as_onnx_reads_it():
    from export.commands.command import REPOSITORY

    path = REPOSITORY / "inspyrenet_demo" / "1" / "model.onnx"
    expected = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert metadata.read(path) == expected
    assert expected["variant"] == "demo"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x0f", b"\x72\xff", b"\x72\x02\x0a\x00", b"\x72\x03\x0a\x01\xff", b"\xff" * 40],
    ids=["empty", "wire type", "beyond the end", "no value", "not text", "endless number"],
)
def test_what_is_no_onnx_file_is_refused(tmp_path, data):
    (tmp_path / "m.onnx").write_bytes(data)
    with pytest.raises(FormatError, match=r"m\.onnx"):
        metadata.read(tmp_path / "m.onnx")
