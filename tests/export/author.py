"""The author's network: what ours is compared with.

InSPyReNet and Swin come from the package transparent-background. It has no Res2Net: that backbone is assembled from timm's
ResNet and Bottle2neck, adapted from the Res2Net authors' code, with the dilations that InSPyReNet's training code sets.
"""

import warnings
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.export.packages import load

inspyrenet, swin, layers, contexts, decoder, attention, res2net, resnet = load(
    "transparent_background.InSPyReNet",
    "transparent_background.backbones.SwinTransformer",
    "transparent_background.modules.layers",
    "transparent_background.modules.context_module",
    "transparent_background.modules.decoder_module",
    "transparent_background.modules.attention_module",
    "timm.models.res2net",
    "timm.models.resnet",
)

DEPTH = 64
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
RES2NET_CHANNELS = [64, 256, 512, 1024, 2048]
RES2NET_DILATIONS = {"layer3": [2, 2, 2, 2, 2, 2], "layer4": [4, 8, 16]}
"""Of the 3 x 3 convolutions, block by block; 1 in the stages before."""


class Res2Net50(resnet.ResNet):
    """Res2Net50-v1b-26w-4s: the outputs of stem and stages, NCHW."""

    def __init__(self) -> None:
        stem = {"stem_type": "deep", "stem_width": 32, "avg_down": True}
        super().__init__(res2net.Bottle2neck, (3, 4, 6, 3), 0, base_width=26, block_args={"scale": 4}, **stem)
        for stage, dilations in RES2NET_DILATIONS.items():
            for block, dilation in zip(getattr(self, stage), dilations, strict=True):
                for conv in block.convs:
                    conv.dilation = conv.padding = (dilation, dilation)

    def forward(self, x: Tensor) -> list[Tensor]:
        maps = [self.maxpool(self.act1(self.bn1(self.conv1(x))))]
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            maps.append(stage(maps[-1]))
        return maps


@cache
def built(backbone: str, size: int) -> nn.Module:
    """The author's network with any weights, for inference as his package does it: in one pass, at one size."""
    options = {"base_size": [size, size], "threshold": None}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.meshgrid", UserWarning)
        if backbone == "swin_b":
            return inspyrenet.InSPyReNet_SwinB(DEPTH, pretrained=False, **options).eval()
        return inspyrenet.InSPyReNet(Res2Net50(), RES2NET_CHANNELS, DEPTH, **options).eval()


def network(state: dict[str, Tensor], size: int) -> nn.Module:
    """The author's network holding the very tensors of `state`; it is one object per backbone and size, so one at a time."""
    backbone = "swin_b" if "backbone.patch_embed.proj.weight" in state else "res2net50"
    theirs = built(backbone, size)
    theirs.load_state_dict(state, strict=True, assign=True)
    return theirs


def normalised(images: NDArray[np.uint8]) -> Tensor:
    """The author's input, float32 (B, 3, S, S), of RGB images uint8 (B, S, S, 3): in 0..1, less the mean, by the deviation."""
    return ((torch.from_numpy(images) / 255 - MEAN) / STD).permute(0, 3, 1, 2).contiguous()


@torch.inference_mode()
def author_maps(state: dict[str, Tensor], size: int, x: Tensor) -> list[Tensor]:
    """Logits d3, d2, d1, d0, each (B, 1, s, s), of normalised pictures float32 (B, 3, size, size)."""
    return network(state, size).forward_inspyre(x)["saliency"]


def author_logits(state: dict[str, Tensor], size: int, x: Tensor) -> Tensor:
    """Logits d0 (B, 1, size, size) of normalised pictures float32 (B, 3, size, size), by the author's code.

    Args:
        state: of Swin-B or Res2Net50, loaded strictly.
        size: the variant's: 384 or 1024.
    """
    return author_maps(state, size, x)[-1]
