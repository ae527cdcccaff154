"""The network: the official layout, and nothing that depends on the batch."""

import pytest
import torch

from export.inspyrenet import ImagePyramid, InSPyReNet
from export.res2net import Res2Net
from export.variants import VARIANTS


def entries(network: InSPyReNet, prefix: str = "") -> int:
    return sum(key.startswith(prefix) for key in network.state_dict())


@pytest.mark.parametrize(
    ("prefix", "count"),
    [("", 1625), ("backbone.", 357), ("context1.", 204), ("context5.", 204), ("decoder.", 63),
     ("attention0.", 62), ("attention1.", 62), ("attention2.", 61)],
)  # fmt: skip
def test_swin_b_has_the_layout_of_the_official_checkpoints(prefix, count):
    with torch.device("meta"):
        assert entries(VARIANTS["base"].build(), prefix) == count


def test_swin_b_has_the_parameters_of_the_official_network():
    with torch.device("meta"):
        assert sum(p.numel() for p in VARIANTS["fast"].build().parameters()) == 90_721_443


def test_res2net50_has_the_layout_and_parameters_of_the_official_network():
    with torch.device("meta"):
        network = InSPyReNet(Res2Net(stem=64, planes=64, depths=(3, 4, 6, 3)), 64, 384)
    assert entries(network) == 1790
    assert sum(p.numel() for p in network.parameters()) == 28_104_339


def test_demo_is_small():
    assert sum(p.numel() for p in VARIANTS["demo"].build().parameters()) < 3_000_000


def test_pyramid_of_a_constant_map_is_constant():
    pyramid = ImagePyramid()
    flat = torch.full((2, 1, 16, 16), 3.0)
    torch.testing.assert_close(
        pyramid.expand(flat)[:, :, 4:-4, 4:-4], torch.full((2, 1, 24, 24), 3.0), atol=0.1, rtol=0
    )
    torch.testing.assert_close(pyramid.reduce(flat), torch.full((2, 1, 8, 8), 3.0))


@pytest.mark.parametrize("name", ["demo", "fast"])
def test_maps_double_in_size_and_do_not_depend_on_neighbours(name):
    torch.manual_seed(0)
    network = VARIANTS[name].build(192).eval()
    pictures = torch.randn(2, 3, 192, 192)
    with torch.inference_mode():
        together, alone = network(pictures), network(pictures[:1])
    assert [m.shape[-1] for m in together] == [24, 48, 96, 192]
    scale = together.d0.abs().max()
    torch.testing.assert_close(together.d0[:1] / scale, alone.d0 / scale, atol=1e-4, rtol=0)


def test_first_phase_of_training_sees_the_same_coarsest_map():
    torch.manual_seed(0)
    network = VARIANTS["demo"].build(96).eval()
    picture = torch.randn(1, 3, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(network.coarse(picture), network(picture).d3)
