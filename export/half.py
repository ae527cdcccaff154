"""The network in a form that half precision carries: the same function, with no tensor that float16 cannot hold.

Three things set it apart from the network with its weights rounded:
- batch normalisations are folded into convolutions, whose outputs before them may exceed float16's 65,504;
- SICA's maps are scaled by 1/size, so that the context, a sum over size * size pixels, grows with the size and not with its
  square, and the kernels that read the context are scaled by size;
- a few modules, the islands, stay in float32. Each class below says why.

Convolutions and matrix products outside the islands, 97 % of the work, are in float16. Which type a tensor has is written in
the modules, so that an exported graph is typed, too, and no runtime has to guess.

The classes below add no state to the modules they derive from. So a module becomes an island by a change of its class.
"""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from export.fold import fold
from export.inspyrenet import SICA, AxisAttention, ConvUnit, InSPyReNet


class OutOfRange(ValueError):
    """A weight that float16 cannot hold; the text names it."""


class Wide(nn.Module):
    """An island: computes in float32, with weights in float32, what comes and goes in the network's type."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = super().forward(x.float())
        return y.to(x.dtype)


class WideNorm(Wide, nn.LayerNorm):
    """Sums squares over up to 2048 channels."""


class WideAxisAttention(Wide, AxisAttention):
    """Its logits are not scaled: at 1000, float16's steps are 0.5, and a softmax tells them apart by a factor of 1.6."""


class WideUnits(Wide, nn.Sequential):
    """SICA's key and value: of three or five contexts, so they cost nothing, and their kernels span many magnitudes."""


class Entry(nn.Conv2d):
    """The first convolution: pictures come in float32 to all forms of the network."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.to(self.weight.dtype))


class Logits(ConvUnit):
    """The last convolution before a map: single channels, which the pyramid adds up and SICA cuts at a threshold."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).float()


class ScaledSICA(SICA):
    """SICA with its maps scaled by 1/size: the root of the number of pixels loses least to float16's subnormal numbers."""

    def context(self, x: Tensor, maps: Tensor) -> Tensor:
        return super().context(x, (maps / self.size).to(x.dtype))


def half(network: InSPyReNet) -> InSPyReNet:
    """A copy in evaluation mode with weights in float16 and, in the islands, float32; pictures and maps stay float32.

    Raises OutOfRange: a weight is too large for float16.
    """
    form = safe(network)
    _narrow(form)
    return form


def safe(network: InSPyReNet) -> InSPyReNet:
    """The form of `half` with all weights still in float32: the same function as the network's, to rounding."""
    form = deepcopy(network).eval().requires_grad_(False)
    fold(form)
    for sica in (form.attention0, form.attention1, form.attention2):
        for units in (sica.conv_key, sica.conv_value):
            units.get_submodule("0.conv").weight.mul_(sica.size)  # type: ignore[operator]
            _become(units, WideUnits)
        _become(sica.conv_out4, Logits)
    _become(form.decoder.conv5, Logits)
    _become(next(module for module in form.backbone.modules() if isinstance(module, nn.Conv2d)), Entry)
    for module in form.modules():
        _become(module, ISLANDS.get(type(module), type(module)))
    return form


ISLANDS: dict[type[nn.Module], type[nn.Module]] = {
    nn.LayerNorm: WideNorm,
    AxisAttention: WideAxisAttention,
    SICA: ScaledSICA,
}
"""What every module of a kind becomes."""


def _become(module: Any, kind: type[nn.Module]) -> None:
    module.__class__ = kind


def _narrow(form: nn.Module) -> None:
    """Rounds to float16 what is outside the islands, but for the thresholds, which are subtracted from float32 maps."""
    islands = tuple(f"{name}." for name, module in form.named_modules() if isinstance(module, Wide))
    for name, parameter in form.named_parameters():
        if name.startswith(islands) or name.endswith("threshold"):
            continue
        parameter.data = parameter.data.half()
        if not parameter.isfinite().all():
            raise OutOfRange(f"{name} has a weight beyond {torch.finfo(torch.float16).max:,.0f}: export it in fp32")
