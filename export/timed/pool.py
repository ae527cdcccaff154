"""Cut-outs and grounds, kept as bytes where the network learns."""

import torch
from torch import Tensor

from export.scenes.dice import Dice


class Pool:
    """A ring of N subjects and their N grounds, (N, 4, S, S) uint8 each; new ones replace the oldest."""

    def __init__(self, capacity: int, size: int, device: torch.device) -> None:
        self.figures = torch.zeros(capacity, 4, size, size, dtype=torch.uint8, device=device)
        self.grounds = torch.zeros_like(self.figures)
        self.capacity, self.added = capacity, 0

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def add(self, figures: Tensor, grounds: Tensor) -> None:
        """Both (B, 4, S, S): uint8, or float in 0..1."""
        place = (torch.arange(len(figures), device=self.figures.device) + self.added) % self.capacity
        self.figures[place], self.grounds[place] = _bytes(figures), _bytes(grounds)
        self.added += len(figures)

    def drawn(self, dice: Dice, count: int) -> tuple[Tensor, Tensor]:
        """Random subjects and their grounds, float32 (count, 4, S, S) in 0..1."""
        index = dice.index(len(self), count)
        return self.figures[index].float() / 255, self.grounds[index].float() / 255


def _bytes(values: Tensor) -> Tensor:
    return values if values.dtype == torch.uint8 else (values.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
