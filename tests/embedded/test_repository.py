from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pytest

from gateway.embedded import ModelFileError
from gateway.embedded.repository import check_repository, versions


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        pytest.param(lambda model: (model / "1" / "model.onnx").unlink(), "1/model.onnx is missing", id="no model"),
        pytest.param(lambda model: (model / "1" / "model.onnx").write_bytes(b""), "1/model.onnx is empty", id="empty"),
        pytest.param(lambda model: (model / "config.pbtxt").unlink(), "config.pbtxt is missing", id="no config"),
        pytest.param(lambda model: rmtree(model / "1"), "has no version: expected .*1/model.onnx", id="no version"),
        pytest.param(rmtree, "config.pbtxt is missing", id="no folder"),
    ],
)
def test_what_is_missing_is_named(damage: Callable[[Path], object], named: str, repository: Path) -> None:
    damage(repository / "standin")
    with pytest.raises(ModelFileError, match=f"{repository}/standin.*{named}|standin/{named}"):
        check_repository(repository, ("standin",))


def test_versions_are_sorted_as_numbers(tmp_path: Path) -> None:
    for name in ("10", "9", "configs", "1.bak", "02", "³"):
        (tmp_path / name).mkdir()
    assert versions(tmp_path) == [9, 10]
