"""What surrounds a build; the build itself needs a GPU."""

import pytest

from export.to_tensorrt.build import engines, loaded_library, require_engines, require_unchanged, version_text
from export.to_tensorrt.errors import BuildError
from export.to_tensorrt.machine import Gpu

L4 = Gpu("NVIDIA L4", "89")
NAME = "TensorrtExecutionProvider_TRTKernel_graph_main_graph_1_0_0_fp16_sm89.engine"
MAPS = """\
7f0000000000-7f0000001000 r--p 00000000 00:2a 4242    /usr/lib/libnvinfer_plugin.so.10.9.0
7f0000002000-7f0000003000 rw-p 00000000 00:00 0
7f0000004000-7f0000005000 r-xp 00000000 00:2a 4243    /opt/with a space/libnvinfer.so.10.9.0
"""


def test_engines_are_told_from_other_files(tmp_path):
    (tmp_path / NAME).write_bytes(b"engine")
    (tmp_path / "TensorrtExecutionProvider_cache_sm89.timing").write_bytes(b"")
    assert {name: size for name, (size, _) in engines(tmp_path).items()} == {NAME: 6}


def test_a_cache_is_good_when_engines_are_there_and_stay_as_they_are():
    require_engines({NAME: (6, 1)}, L4)
    require_unchanged({NAME: (6, 1)}, {NAME: (6, 1)})


@pytest.mark.parametrize(
    ("written", "text"),
    [({}, "took no part of the graph"), ({NAME.replace("sm89", "sm90"): (6, 1)}, "is not for the NVIDIA L4")],
    ids=["none", "of another gpu"],
)
def test_a_cache_without_an_engine_for_this_gpu_is_refused(written, text):
    with pytest.raises(BuildError, match=text):
        require_engines(written, L4)


@pytest.mark.parametrize(
    "read", [{NAME: (6, 2)}, {NAME: (6, 1), "another.engine": (6, 2)}], ids=["written anew", "another one"]
)
def test_an_engine_that_is_not_read_from_the_cache_is_refused(read):
    with pytest.raises(BuildError, match="again instead of reading"):
        require_unchanged({NAME: (6, 1)}, read)


def test_the_loaded_library_is_found():
    assert loaded_library(MAPS) == "/opt/with a space/libnvinfer.so.10.9.0"
    with pytest.raises(BuildError, match="is not loaded"):
        loaded_library(MAPS.replace("libnvinfer.so", "libsomething.so"))


@pytest.mark.parametrize(
    ("number", "text"), [(100900, "10.9.0"), (101303, "10.13.3"), (8601, "8.6.1")], ids=["10.9", "10.13", "8.6"]
)
def test_a_version_is_read(number, text):
    assert version_text(number) == text
