"""Small constant tensors, copied to a device once: each copy would make the host wait for the device."""

from functools import cache

import torch
from torch import Tensor


@cache
def constant(values: tuple[float, ...], device: torch.device) -> Tensor:
    """The values as float32 (N,)."""
    return torch.tensor(values, device=device, dtype=torch.float32)


@cache
def rows(values: tuple[int, ...], device: torch.device) -> Tensor:
    """The values as int64 (N,), to index with."""
    return torch.tensor(values, device=device, dtype=torch.int64)


@cache
def _copied(table: Tensor, device: torch.device) -> Tensor:
    return table.to(device)


def on(table: Tensor, device: torch.device) -> Tensor:
    """A module's table on the device."""
    return table if table.device == device else _copied(table, device)
