"""Small constant tensors, copied to a device once: each copy would make the host wait for the device."""

from functools import cache
from typing import TypeAlias

import torch
from torch import Tensor

Numbers: TypeAlias = tuple[float, ...] | tuple[tuple[float, ...], ...]


@cache
def constant(values: Numbers, device: torch.device) -> Tensor:
    """float32, or int64 where all values are whole and of type int."""
    return torch.tensor(values, device=device)


@cache
def _copied(table: Tensor, device: torch.device) -> Tensor:
    return table.to(device)


def on(table: Tensor, device: torch.device) -> Tensor:
    """A module's table on the device."""
    return table if table.device == device else _copied(table, device)
