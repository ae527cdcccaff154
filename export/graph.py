"""The deployable module: everything between a photo's pixels and its alpha that is the same for all users."""

import torch
from torch import Tensor, nn

from export.contract import MEAN, STD
from export.inspyrenet import InSPyReNet

EPSILON = 1e-8
"""Keeps a constant map finite; the author's value."""


class Deployable(nn.Module):
    """uint8 in, uint8 out; what happens to a picture does not depend on its neighbours in the batch."""

    def __init__(self, network: InSPyReNet) -> None:
        super().__init__()
        self.network = network
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", 255 * torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Alpha uint8 (N, S, S) and confidence float32 (N, 1) of an RGB image uint8 (N, S, S, 3)."""
        return self.finish(self.logits(image))

    @staticmethod
    def finish(logits: Tensor) -> tuple[Tensor, Tensor]:
        """Alpha and confidence of logits (N, S, S)."""
        p = logits.sigmoid()
        low, high = p.amin((1, 2), keepdim=True), p.amax((1, 2), keepdim=True)
        alpha = (255 * (p - low) / (high - low + EPSILON)).round().to(torch.uint8)
        return alpha, high[:, 0]

    def logits(self, image: Tensor) -> Tensor:
        """d0 (N, S, S), before sigmoid and stretch: where two implementations are compared, because neither hides a fault."""
        logits: Tensor = self.network(self.normalised(image)).d0[:, 0]
        return logits

    def normalised(self, image: Tensor) -> Tensor:
        """What the network sees of an image: float32 (N, 3, S, S)."""
        return (image.permute(0, 3, 1, 2).float() - self.mean) / self.std
