"""The version that an engine is built for, as found on disk."""

import pytest

from export.contract import DATA_FILE, MODEL_FILE
from export.to_tensorrt.errors import SourceError
from export.to_tensorrt.key import Key
from export.to_tensorrt.source import opened
from tests.export import tiny


def test_a_version_tells_its_files_and_its_size(tmp_path):
    source = opened(tiny.write(tmp_path / "1", 8))
    assert [path.name for path in source.files] == [MODEL_FILE, DATA_FILE]
    assert source.size == 8


def test_the_digest_is_of_graph_and_weights(tmp_path):
    one, same, other = (
        opened(tiny.write(tmp_path / name, 8, weights)).digest
        for name, weights in (("1", tiny.LUMA), ("2", tiny.LUMA), ("3", (0.3, 0.6, 0.1)))
    )
    assert one == same
    assert one != other
    larger = opened(tiny.write(tmp_path / "4", 16))
    assert larger.digest != one


def test_the_key_names_model_tensorrt_and_gpu(tmp_path):
    digest = opened(tiny.write(tmp_path / "1", 8)).digest
    assert str(Key(digest, "10.9.0", "89")) == f"{digest[:16]}-trt10.9.0-sm89"


@pytest.mark.parametrize(
    ("spoil", "file", "text"),
    [
        (lambda folder: (folder / MODEL_FILE).unlink(), MODEL_FILE, "is missing"),
        (lambda folder: (folder / DATA_FILE).unlink(), DATA_FILE, "is missing"),
        (lambda folder: (folder / MODEL_FILE).write_bytes(b"\xff" * 99), MODEL_FILE, "is no ONNX file"),
        (lambda folder: (folder / MODEL_FILE).write_bytes(b""), MODEL_FILE, "no input 'image'"),
    ],
    ids=["no graph", "no weights", "garbage", "empty"],
)
def test_a_version_that_is_not_whole_is_refused(tmp_path, spoil, file, text):
    folder = tiny.write(tmp_path / "1", 8)
    spoil(folder)
    with pytest.raises(SourceError, match=text) as refusal:
        opened(folder)
    assert str(folder / file) in str(refusal.value)
