"""What is said where TensorRT or the GPU is missing; a script stands in for the driver's program."""

import pytest

from export.to_tensorrt.errors import MachineError
from export.to_tensorrt.machine import PROVIDER, Gpu, gpu, require_loaded, require_provider


def nvidia_smi(folder, script):
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_the_gpu_tells_its_name_and_capability(tmp_path):
    assert gpu(nvidia_smi(tmp_path, 'echo "8.9, NVIDIA L4"')) == Gpu("NVIDIA L4", "89")


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("exit 9", "no NVIDIA GPU here"),
        ('echo "No devices were found"', "No devices were found"),
        ('echo "[N/A], NVIDIA GRID"', "N/A"),
        ("true", "does not tell"),
    ],
    ids=["driver fails", "no device", "not available", "silent"],
)
def test_a_machine_without_a_usable_gpu_is_named(tmp_path, script, text):
    with pytest.raises(MachineError, match=text):
        gpu(nvidia_smi(tmp_path, script))


def test_a_machine_without_a_driver_is_named(tmp_path):
    with pytest.raises(MachineError, match="no NVIDIA GPU here"):
        gpu(str(tmp_path / "nvidia-smi"))


@pytest.mark.parametrize("require", [require_provider, require_loaded], ids=["not built in", "not loaded"])
def test_a_runtime_without_tensorrt_is_refused_and_told_what_to_install(require):
    require([PROVIDER, "CPUExecutionProvider"])
    with pytest.raises(MachineError, match="onnxruntime-gpu"):
        require(["CUDAExecutionProvider", "CPUExecutionProvider"])
