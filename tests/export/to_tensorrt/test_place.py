"""An engine beside its model: whole or not at all, and never mistaken for another."""

import json

import pytest

from checkpoints.errors import CheckpointError
from export.to_tensorrt.errors import SharedError
from export.to_tensorrt.key import Key
from export.to_tensorrt.place import place

KEY = Key("0123456789abcdef" * 4, "10.9.0", "89")
OTHER = Key("f" * 64, "10.9.0", "89")
NAME = "graph_1_fp16_sm89.engine"


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / NAME).write_bytes(b"engine")
    (folder / "cache_sm89.timing").write_bytes(b"timing")
    return folder


@pytest.fixture
def version(tmp_path):
    folder = tmp_path / "model" / "1"
    folder.mkdir(parents=True)
    return folder


def test_the_cache_and_its_record_are_placed(cache, version):
    target = place(cache, version, KEY, {"tensorrt": "10.9.0"})
    assert target == version / "tensorrt" / "0123456789abcdef-trt10.9.0-sm89"
    assert sorted(path.name for path in target.iterdir()) == ["cache_sm89.timing", "engine.json", NAME]
    assert json.loads((target / "engine.json").read_text()) == {"tensorrt": "10.9.0"}
    assert list(target.parent.iterdir()) == [target]


def test_an_engine_that_is_there_is_replaced(cache, version):
    place(cache, version, KEY, {})
    (cache / NAME).write_bytes(b"a newer one")
    target = place(cache, version, KEY, {})
    assert (target / NAME).read_bytes() == b"a newer one"
    assert list(target.parent.iterdir()) == [target]


def test_engines_for_several_gpus_stand_side_by_side(cache, version):
    place(cache, version, KEY, {})
    place(cache, version, Key(KEY.digest, "10.9.0", "90"), {})
    assert len(list((version / "tensorrt").iterdir())) == 2


def test_an_engine_that_a_server_would_mistake_for_another_s_is_refused(cache, version):
    place(cache, version, KEY, {})
    second = version.with_name("2")
    second.mkdir()
    with pytest.raises(SharedError, match=r"version 1 of model has an engine named graph_1_fp16_sm89\.engine"):
        place(cache, second, OTHER, {})
    assert list(second.iterdir()) == []


def test_versions_with_the_same_files_may_share_a_name(cache, version):
    place(cache, version, KEY, {})
    second = version.with_name("2")
    second.mkdir()
    assert place(cache, second, KEY, {}).is_dir()


def test_what_the_disk_does_not_take_is_said_and_leaves_nothing(cache, version):
    (version / "tensorrt").write_text("in the way")
    with pytest.raises(CheckpointError, match="cannot be written"):
        place(cache, version, KEY, {})
    assert [path.name for path in version.iterdir()] == ["tensorrt"]


def test_a_copy_that_fails_leaves_nothing(cache, version):
    (cache / "nowhere").symlink_to(cache / "missing")
    with pytest.raises(CheckpointError, match="cannot be written"):
        place(cache, version, KEY, {})
    assert list(version.iterdir()) == []
