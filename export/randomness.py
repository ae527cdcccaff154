"""Random weights that leave nothing unproven.

A freshly built network holds many constants that make parts of it invisible: attention added with weight 0, norms that
scale by 1, thresholds of exactly 0.5, bias tables and linear layers so small that every attention is an average.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.graph import Deployable
from export.inspyrenet import InSPyReNet


@torch.no_grad()
def randomise(module: nn.Module, seed: int = 0) -> None:
    """Draws all weights anew, large enough to matter, and moves every constant away from its value."""
    torch.manual_seed(seed)
    for name, parameter in module.named_parameters():
        if parameter.ndim > 1:
            fan_in = 1 if name.endswith("bias_table") else parameter[0].numel()
            parameter.normal_(std=fan_in**-0.5)
        else:
            parameter.add_(torch.randn_like(parameter), alpha=0.2)
    for norm in _batch_norms(module):
        norm.get_buffer("running_mean").normal_(std=0.2)
        norm.get_buffer("running_var").uniform_(0.5, 1.5)


def calibrated(network: InSPyReNet, images: NDArray[np.uint8], seed: int = 0) -> InSPyReNet:
    """The network in evaluation mode with random weights and the batch statistics of the images, uint8 (N, S, S, 3)."""
    randomise(network, seed)
    calibrate(network, images)
    return network


@torch.no_grad()
def calibrate(network: InSPyReNet, images: NDArray[np.uint8]) -> None:
    """Gives the network the batch statistics of the images, uint8 (N, S, S, 3), and puts it in evaluation mode.

    Each batch normalisation takes its statistics from what it is about to see, with those before it already in place. The
    usual way, a pass in training mode, overestimates the variance of SICA's three to five contexts, and what follows runs off.
    """
    hooks = [norm.register_forward_pre_hook(_take_statistics) for norm in _batch_norms(network)]
    Deployable(network).eval().logits(torch.from_numpy(images))
    for hook in hooks:
        hook.remove()


def _take_statistics(norm: nn.Module, inputs: tuple[Tensor]) -> None:
    variance, mean = torch.var_mean(inputs[0], (0, 2, 3), correction=0)
    norm.get_buffer("running_mean").copy_(mean)
    norm.get_buffer("running_var").copy_(variance)


def _batch_norms(module: nn.Module) -> list[nn.BatchNorm2d]:
    return [child for child in module.modules() if isinstance(child, nn.BatchNorm2d)]
