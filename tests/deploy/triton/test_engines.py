"""A start is refused unless the image has engines for this very machine; from where they are made to where Triton looks."""

import json
from pathlib import Path

import pytest

from deploy.triton.engines import require_engines
from deploy.triton.errors import StartError
from deploy.triton.gather import digest, gather
from deploy.triton.machine import Machine
from export.to_tensorrt.key import Key
from export.to_tensorrt.place import place
from export.to_tensorrt.source import opened
from tests.standin import write_model

L4 = Machine("10.11.0", "1.22.0", "89")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model whose configuration `l4` wants engines, in a repository."""
    write_model(tmp_path / "models", "m")
    folder = tmp_path / "models" / "m"
    (folder / "configs").mkdir()
    (folder / "configs" / "l4.pbtxt").write_text(
        '# key: "trt_engine_cache_path" value: "/elsewhere"\n'
        f'parameters {{ key: "trt_engine_cache_path" value: "{tmp_path}/engines/m" }}\n'
    )
    return folder


def built(version: Path, machine: Machine = L4) -> Path:
    """An engine beside its version, put there by the exporter's own code."""
    cache = version.parent.parent.parent / f"cache{machine.capability}"
    cache.mkdir()
    (cache / f"TensorrtExecutionProvider_sm{machine.capability}.engine").write_bytes(b"engine")
    key = Key(opened(version).digest, machine.tensorrt, machine.capability)
    record = {"digest": key.digest, "tensorrt": key.tensorrt, "capability": key.capability}
    return place(cache, version, key, {**record, "onnxruntime": machine.onnxruntime})


def require(model: Path, machine: Machine = L4, config: str = "l4") -> None:
    require_engines(model, config, lambda: machine)


def test_gathered_engines_are_found(model: Path, tmp_path: Path) -> None:
    built(model / "1")
    built(model / "1", Machine("10.11.0", "1.22.0", "90"))
    assert len(gather(tmp_path / "models", tmp_path / "engines")) == 2
    assert len(list((tmp_path / "engines" / "m").glob("*.engine"))) == 2
    require(model)


def test_a_digest_is_the_exporter_s(model: Path) -> None:
    (model / "1" / "tensorrt").mkdir()
    assert digest(model / "1") == opened(model / "1").digest


@pytest.mark.parametrize(
    "machine",
    [Machine("10.9.0", "1.22.0", "89"), Machine("10.11.0", "1.23.0", "89"), Machine("10.11.0", "1.22.0", "90")],
    ids=["TensorRT", "ONNX Runtime", "GPU"],
)
def test_those_of_another_machine_are_refused(model: Path, tmp_path: Path, machine: Machine) -> None:
    built(model / "1")
    gather(tmp_path / "models", tmp_path / "engines")
    with pytest.raises(StartError) as refusal:
        require(model, machine)
    for word in (str(machine), str(L4), "python -m export engine m/1", "CUTOUT_COMPILE_ENGINES=on"):
        assert word in str(refusal.value)


def test_a_version_without_any_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"m/1 has no engine for .*; there is none"):
        require(model)
    built(model / "1")
    gather(tmp_path / "models", tmp_path / "engines")
    write_model(tmp_path / "later", "m")
    (tmp_path / "later" / "m" / "1").rename(model / "2")
    with pytest.raises(StartError, match="m/2 has no engine"):
        require(model)


def test_a_record_without_its_files_is_none(model: Path, tmp_path: Path) -> None:
    built(model / "1")
    gather(tmp_path / "models", tmp_path / "engines")
    for engine in (tmp_path / "engines" / "m").glob("*.engine"):
        engine.unlink()
    with pytest.raises(StartError, match="m/1 has no engine"):
        require(model)


def test_engines_of_other_weights_do_not_go_into_an_image(model: Path, tmp_path: Path) -> None:
    record = built(model / "1") / "engine.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "digest": "0" * 64}))
    with pytest.raises(StartError, match="made from other files"):
        gather(tmp_path / "models", tmp_path / "engines")


def test_where_the_configuration_wants_none_the_machine_is_not_asked(model: Path) -> None:
    def asked() -> Machine:
        raise AssertionError

    require_engines(model, "", asked)
    require_engines(model, "another", asked)


def test_the_shipped_configurations_want_them_in_the_image_s_folder() -> None:
    repository = Path(__file__).parents[3] / "model_repository"
    for name in ("inspyrenet", "inspyrenet_fast"):
        text = (repository / name / "configs" / "l4.pbtxt").read_text()
        assert f'"/engines/{name}"' in text


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="there is no model x in"):
        require(tmp_path / "x")
