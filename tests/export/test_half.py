"""The fp16-safe form: the same function, and one that float16 carries where rounded weights alone overflow.

A network with random weights amplifies rounding errors a hundredfold from module to module; a trained one hardly does. So
the demonstration checkpoint shows what precision costs, and random weights show that magnitudes are survived.
"""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from export import weights
from export.commands.onnx import DEMO_CHECKPOINT
from export.evaluate import held_out
from export.fold import fold
from export.graph import Deployable
from export.half import OutOfRange, half, safe
from export.inspyrenet import AxisAttention, InSPyReNet
from export.randomness import calibrate
from export.variants import VARIANTS
from tests.export.emulation import Rounding

STEP = 1 / 255


def drawn(size: int, count: int) -> Tensor:
    return torch.from_numpy(np.stack([picture[..., :3] for picture in held_out(size, count, hard=False)]))


CONFIDENCE = 10.0
"""Standard deviation of the coarsest map: a trained network is sure of most pixels, a random one of none."""


def gentle_network(name: str, size: int) -> InSPyReNet:
    """Random weights that amplify errors less, as trained ones do.

    What attention adds to the features is less than they are, and finer maps add little to a coarsest map that is confident:
    otherwise a change of the weights by 0.01 %, less than float16 rounds them by, alone costs a step of alpha. What SICA0
    reads is doubled, which normalisations undo, so that its context reaches the magnitude measured on other random weights.
    """
    torch.manual_seed(0)
    network = VARIANTS[name].build(size)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, AxisAttention):
                module.gamma.fill_(0.3)
        for sica in (network.attention0, network.attention1, network.attention2):
            sica.conv_out1.bn.weight.fill_(0.3)
            sica.conv_out4.bn.weight.fill_(0.3)
        network.attention1.conv_out3.bn.weight.fill_(2)
    images = drawn(size, 1)
    calibrate(network, images.numpy())
    with torch.inference_mode():
        graph = Deployable(network).eval()
        network.decoder.conv5.conv.weight.mul_(CONFIDENCE / network.coarse(graph.normalised(images)).std())
    calibrate(network, images.numpy())
    return network


def trained_network(name: str, size: int) -> InSPyReNet:
    network = VARIANTS[name].build(size)
    weights.load(network, DEMO_CHECKPOINT)
    return network.eval()


def rounded(network: InSPyReNet) -> InSPyReNet:
    """The naive form: every weight and every tensor in float16."""
    form = deepcopy(network).half()
    form.backbone.register_forward_pre_hook(lambda _, args: (args[0].half(),))
    return form


@torch.inference_mode()
def logits(network: InSPyReNet, images: Tensor) -> Tensor:
    return Deployable(network).eval().logits(images)


def emulated(form: InSPyReNet, images: Tensor) -> tuple[Tensor, Rounding]:
    with Rounding() as rounding:
        return logits(form, images), rounding


def alpha_error(one: Tensor, other: Tensor) -> float:
    """Mean difference of the alphas, in 0..1."""
    (a, _), (b, _) = Deployable.finish(one), Deployable.finish(other)
    return float((a.int() - b.int()).abs().float().mean()) * STEP


def unsaturated(found: Tensor) -> float:
    p = found.sigmoid()
    return float(((p > 0.01) & (p < 0.99)).float().mean())


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("demo", 1e-4),
        ("demo-lite", 1e-4),
        ("fast", 1e-4),
        ("res2net50", 1e-3),
    ],  # the last amplifies errors a hundredfold
    ids=["demo", "demo-lite", "fast", "res2net50"],
)
def test_the_safe_form_is_the_same_function(name, share):
    network, images = gentle_network(name, 96), drawn(96, 2)
    expected, found = logits(network, images), logits(safe(network), images)
    torch.testing.assert_close(found, expected, atol=share * float(expected.abs().max()), rtol=0)


def test_the_network_itself_is_left_alone():
    network = VARIANTS["demo"].build(96)
    before = deepcopy(network.state_dict())
    half(network)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.fixture(scope="module")
def dtypes():
    return {key: value.dtype for key, value in half(VARIANTS["fast"].build(96)).state_dict().items()}


@pytest.mark.parametrize(
    ("key", "dtype"),
    [
        ("backbone.patch_embed.proj.weight", torch.float16),
        ("backbone.layers.0.blocks.0.mlp.fc1.weight", torch.float16),
        ("backbone.layers.0.blocks.0.norm1.weight", torch.float32),
        ("context1.branch1.conv1.conv.weight", torch.float16),
        ("context1.branch1.Hattn.query_conv.conv.weight", torch.float32),
        ("decoder.conv5.conv.weight", torch.float16),
        ("attention0.conv_query.0.conv.weight", torch.float16),
        ("attention0.conv_key.0.conv.weight", torch.float32),
        ("attention0.threshold", torch.float32),
    ],
)
def test_convolutions_are_half_and_islands_are_not(dtypes, key, dtype):
    assert dtypes[key] is dtype


def test_a_weight_beyond_float16_is_refused_by_name():
    network = VARIANTS["demo"].build(96)
    with torch.no_grad():
        network.context1.branch0.bn.weight.fill_(1e7)
    with pytest.raises(OutOfRange, match=r"context1\.branch0\.conv\.weight"):
        half(network)


def test_a_normalisation_without_a_convolution_is_refused_by_name():
    with pytest.raises(ValueError, match="1 follows no convolution"):
        fold(nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)).eval())


def test_the_trained_network_hardly_notices():
    network, images = trained_network("demo", 384), drawn(384, 1)
    expected = logits(network, images)
    found, rounding = emulated(half(network), images)
    assert found.dtype is torch.float32
    assert rounding.largest < torch.finfo(torch.float16).max
    assert unsaturated(expected) > 0.05
    assert alpha_error(found, expected) < STEP / 20


def test_random_weights_stay_within_a_step():
    network, images = gentle_network("fast", 384), drawn(384, 1)
    expected = logits(network, images)
    found, rounding = emulated(half(network), images)
    assert rounding.largest < torch.finfo(torch.float16).max
    assert unsaturated(expected) > 0.05
    assert alpha_error(found, expected) <= STEP


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_at_1024_the_safe_form_stays_finite_where_rounding_alone_overflows():
    network, images = gentle_network("base", 1024), drawn(1024, 1)
    magnitudes = Magnitudes(network)
    expected = logits(network, images)
    magnitudes.close()
    assert magnitudes.context >= 141_125
    assert magnitudes.convolution >= 627_000
    assert magnitudes.attention >= 968
    assert unsaturated(expected) > 0.05

    found, rounding = emulated(half(network), images)
    assert rounding.largest < torch.finfo(torch.float16).max
    assert alpha_error(found, expected) <= STEP

    overflown, rounding = emulated(rounded(network), images)
    assert rounding.largest == float("inf")
    assert not overflown.isfinite().all()


class Magnitudes:
    """Largest magnitudes in a network's passes: SICA0's context, the convolutions before a norm, the PAA's logits."""

    def __init__(self, network: InSPyReNet) -> None:
        self.context = self.convolution = self.attention = 0.0
        self.handles = [network.attention0.conv_key.register_forward_pre_hook(self._context)]
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                self.handles.append(module.register_forward_pre_hook(self._convolution))
            elif isinstance(module, AxisAttention):
                self.handles.append(module.register_forward_pre_hook(self._attention))

    def close(self) -> None:
        for handle in self.handles:
            handle.remove()

    def _context(self, _: nn.Module, args: tuple[Tensor]) -> None:
        self.context = max(self.context, float(args[0].abs().max()))

    def _convolution(self, _: nn.Module, args: tuple[Tensor]) -> None:
        self.convolution = max(self.convolution, float(args[0].abs().max()))

    def _attention(self, module: AxisAttention, args: tuple[Tensor]) -> None:
        n = args[0].shape[module.axis]
        query, key = (conv(args[0]).reshape(len(args[0]), -1, n) for conv in (module.query_conv, module.key_conv))
        self.attention = max(self.attention, float((query.transpose(1, 2) @ key).abs().max()))
