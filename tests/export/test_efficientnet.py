"""The EfficientNet-Lite backbone against the code and the weights of those who published it."""

import hashlib
from dataclasses import replace

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet

from checkpoints.errors import FormatError, MissingError
from export.contract import MEAN, STD
from export.efficientnet import HALF, EfficientNetLite
from export.evaluate import recalibrate
from export.published import EFFICIENTNET_LITE2
from export.train_demo import as_tensors
from export.variants import VARIANTS
from tests.export.photographs import photographs

SIDE = 128
EDGE = 4
"""Positions beside the frame, at 1/4, that a different padding of the picture reaches in the first stages."""


@pytest.fixture(scope="module")
def published():
    """Made for pictures of SIDE: their code pads by the sides of the maps of one size of picture."""
    network = EfficientNet.from_name("efficientnet-lite2", image_size=SIDE)
    network.load_state_dict(torch.load(EFFICIENTNET_LITE2.find(), weights_only=True))
    return network.eval()


@pytest.fixture
def backbone():
    return VARIANTS["demo-lite"].backbone().eval()


def maps(network: EfficientNet, x: torch.Tensor) -> list[torch.Tensor]:
    """What each block of the published network puts out."""
    x = network._swish(network._bn0(network._conv_stem(x)))
    return [x := block(x) for block in network._blocks]


def photograph() -> torch.Tensor:
    """RGB in 0..1, (1, 3, S, S)."""
    return torch.from_numpy(photographs(SIDE)[:1].copy()).permute(0, 3, 1, 2).float() / 255


@torch.inference_mode()
def test_the_blocks_are_those_of_the_published_network(published, backbone):
    names = {name: name.replace("_", "", 1).replace("._", ".") for name in published.state_dict()}
    state = {names[name]: value for name, value in published.state_dict().items()}
    backbone.load_state_dict({name: state[name] for name in backbone.state_dict()})
    x = (photograph() - HALF[0]) / HALF[1]
    theirs = maps(published, x)
    first, *rest = backbone(x)
    assert torch.allclose(torch.nn.functional.pixel_shuffle(first, 2), theirs[0], atol=1e-4)
    for mine, place in zip(rest, backbone.taken[1:], strict=True):
        assert torch.allclose(mine, theirs[place], atol=1e-4 * float(theirs[place].abs().max()))


@torch.inference_mode()
def test_adopted_weights_expect_what_every_network_here_is_given(published, backbone):
    backbone.adopt(EFFICIENTNET_LITE2.find())
    rgb = photograph()
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    mine = backbone((rgb - mean) / std)[1]
    theirs = maps(published, (rgb - HALF[0]) / HALF[1])[backbone.taken[1]]
    inside = (..., slice(EDGE, -EDGE), slice(EDGE, -EDGE))
    assert torch.allclose(mine[inside], theirs[inside], atol=1e-3 * float(theirs.abs().max()))


def test_channels_and_sizes_are_those_it_names(backbone):
    features = backbone(torch.zeros(2, 3, SIDE, SIDE))
    assert [feature.shape[1] for feature in features] == backbone.channels
    assert [SIDE // feature.shape[-1] for feature in features] == [4, 4, 8, 16, 32]


def test_statistics_stay_those_of_photographs_while_it_learns():
    network = VARIANTS["demo-lite"].untrained().train()
    before = {name: value.clone() for name, value in network.backbone.state_dict().items()}
    images, alphas = photographs(64)[:2], photographs(64)[:2, ..., 0]
    network.coarse(as_tensors(images, alphas)[0])
    assert all(torch.equal(value, before[name]) for name, value in network.backbone.state_dict().items())
    assert network.decoder.conv1.bn.num_batches_tracked == 1


def test_recalibration_leaves_its_statistics():
    network = VARIANTS["demo-lite"].untrained()
    before = {name: value.clone() for name, value in network.backbone.state_dict().items()}
    recalibrate(network, [photographs(64)[:2]])
    assert all(torch.equal(value, before[name]) for name, value in network.backbone.state_dict().items())
    assert network.decoder.conv1.bn.running_var.std() > 0


def test_the_network_is_within_what_the_demonstration_may_weigh():
    assert sum(p.numel() for p in VARIANTS["demo-lite"].build().parameters()) < 6_000_000


def test_weights_of_another_size_are_refused():
    other = EfficientNetLite((16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1))
    with pytest.raises(FormatError, match="not the checkpoint of this EfficientNet-Lite"):
        other.adopt(EFFICIENTNET_LITE2.find())


def test_a_file_that_is_not_there_is_named(backbone, tmp_path):
    with pytest.raises(MissingError, match=r"gone\.pth: no such checkpoint"):
        backbone.adopt(tmp_path / "gone.pth")


def test_a_package_that_is_not_installed_is_named_with_the_way_to_get_it():
    with pytest.raises(MissingError, match=r"no-such-package==0\.1\.0: `scripts/install train` gets them"):
        replace(EFFICIENTNET_LITE2, package="no_such_package").find()


def test_a_file_the_package_lacks_is_named():
    with pytest.raises(MissingError, match=r"models/other\.pth: no such checkpoint"):
        replace(EFFICIENTNET_LITE2, file="models/other.pth").find()


def test_weights_that_are_not_the_known_ones_are_refused():
    with pytest.raises(FormatError, match="its digest differs from 000"):
        replace(EFFICIENTNET_LITE2, sha256="0" * 64).find()
    assert hashlib.sha256(EFFICIENTNET_LITE2.find().read_bytes()).hexdigest() == EFFICIENTNET_LITE2.sha256
