"""Random weights that leave nothing unproven.

A freshly built network holds many constants that make parts of it invisible: attention added with weight 0, norms that
scale by 1, thresholds of exactly 0.5, bias tables and linear layers so small that every attention is an average.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.evaluate import recalibrate
from export.inspyrenet import InSPyReNet


def calibrated(network: InSPyReNet, images: NDArray[np.uint8], seed: int = 0) -> InSPyReNet:
    """The network in evaluation mode with random weights and the batch statistics of the images, uint8 (N, S, S, 3)."""
    randomise(network, seed)
    recalibrate(network, [images])
    return network.eval()


@torch.no_grad()
def randomise(module: nn.Module, seed: int = 0) -> None:
    """Moves every constant away from its value, and makes linear layers and bias tables large enough to matter."""
    torch.manual_seed(seed)
    for name, parameter in module.named_parameters():
        if parameter.ndim == 2:
            fan_in = 1 if name.endswith("bias_table") else parameter.shape[1]
            parameter.normal_(std=fan_in**-0.5)
        elif parameter.ndim == 1:
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(std=0.2)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
