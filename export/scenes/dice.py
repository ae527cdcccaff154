"""The one source of chance of a scene: seeded, on the device where the scene is drawn."""

import torch
from torch import Tensor

from export.scenes.constants import on


class Dice:
    """Random tensors float32 on `device`; the same seed on the same kind of device gives the same ones."""

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self.device = torch.empty(0, device=device).device  # with its number, so that it equals that of its tensors
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.order_of_events = torch.Generator().manual_seed(seed)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=self.generator, device=self.device)

    def normal(self, *shape: int, scale: float = 1.0) -> Tensor:
        return scale * torch.randn(*shape, generator=self.generator, device=self.device)

    def flip(self, chance: float | Tensor, *shape: int) -> Tensor:
        """1.0 with the given chance, else 0.0; the chance is one for all, or (B,) for the first axis of the shape."""
        if isinstance(chance, Tensor):
            chance = chance.reshape(-1, *[1] * (len(shape) - 1))
        return (self.uniform(*shape) < chance).float()

    def sign(self, *shape: int) -> Tensor:
        return 2 * self.flip(0.5, *shape) - 1

    def index(self, count: int, *shape: int) -> Tensor:
        """Whole numbers (int64) in 0 … count - 1."""
        return torch.randint(count, shape, generator=self.generator, device=self.device)

    def pick(self, table: Tensor, *shape: int) -> Tensor:
        """Random rows of the table (N, …): (*shape, …)."""
        return on(table, self.device)[self.index(len(table), *shape)]

    def order(self, count: int) -> Tensor:
        """A permutation of 0 … count - 1."""
        return torch.randperm(count, generator=self.generator, device=self.device)
