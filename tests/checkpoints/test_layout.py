"""The layouts that are carried, and what is said of a checkpoint of another."""

import pytest
import torch

from checkpoints import archive, layout
from checkpoints.catalogue import RES2NET50, SWIN_B
from checkpoints.errors import LayoutError
from export.inspyrenet import InSPyReNet
from export.res2net import Res2Net
from export.variants import VARIANTS
from tests.checkpoints.networks import random_state, write_layout


def res2net50() -> InSPyReNet:
    return InSPyReNet(Res2Net(stem=64, planes=64, depths=(3, 4, 6, 3)), 64, 384)


@pytest.mark.parametrize(
    ("path", "build", "entries"),
    [
        (SWIN_B, VARIANTS["base"].build, 1625),
        (SWIN_B, VARIANTS["fast"].build, 1625),
        (RES2NET50, res2net50, 1790),
    ],
    ids=["base", "fast", "res2net50"],
)
def test_a_carried_layout_is_that_of_the_network(path, build, entries):
    with torch.device("meta"):
        state = build().state_dict()
    expected = {
        key: layout.Entry(str(value.dtype).removeprefix("torch."), tuple(value.shape)) for key, value in state.items()
    }
    found = layout.load(path)
    assert found == expected
    assert list(found) == list(expected)
    assert len(found) == entries


def checked(tmp_path, change) -> None:
    state = random_state()
    change(state)
    path = tmp_path / "c.pth"
    torch.save(state, path)
    layout.check(archive.read(path), layout.load(write_layout(tmp_path / "layout.json")), path)


def test_the_right_layout_passes_in_any_order(tmp_path):
    checked(tmp_path, lambda state: state.update(**{"stem.weight": state.pop("stem.weight")}))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda state: [state.pop(key) for key in ("norm.mean", "stem.index")], r"misses 'stem\.index' \(2 in all\)$"),
        (lambda state: state.update(more=torch.zeros(1)), r"has the unexpected 'more' \(1 in all\)$"),
        (
            lambda state: state.update({f"module.{key}": state.pop(key) for key in list(state)}),
            r"misses 'stem\.weight' \(6 in all\) and has the unexpected 'module\.stem\.weight' \(6 in all\)",
        ),
        (
            lambda state: state.update({"norm.mean": torch.zeros(8)}),
            r"'norm\.mean' is float32 \[8\], and float32 \[7\] is needed",
        ),
        (
            lambda state: state.update({"norm.mean": torch.zeros(7).half()}),
            r"'norm\.mean' is float16 \[7\], and float32 \[7\] is needed",
        ),
    ],
    ids=["missing", "unexpected", "prefix", "shape", "dtype"],
)
def test_another_layout_is_named(tmp_path, change, text):
    with pytest.raises(LayoutError, match=text) as refusal:
        checked(tmp_path, change)
    assert str(tmp_path / "c.pth") in str(refusal.value)


def test_places_in_the_data_file_are_aligned_and_follow_the_layout(tmp_path):
    network = layout.load(write_layout(tmp_path / "layout.json"))
    assert layout.offsets(network) == {
        "stem.weight": (0, 120),
        "norm.mean": (128, 28),
        "head.gamma": (192, 4),
        "head.weight": (256, 60_000),
    }
    assert layout.data_size(network) == 60_256


def test_the_data_file_is_hardly_larger_than_the_weights():
    network = layout.load(SWIN_B)
    assert sum(length for _, length in layout.offsets(network).values()) <= layout.data_size(network) < 363_000_000
