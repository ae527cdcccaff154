"""Half precision on a processor without it: every operation computes in float32 and rounds its result to float16.

That is the arithmetic of a GPU whose matrix units accumulate in float32 and store float16, without any fusion: a tensor that
a GPU would keep in registers is rounded here as well.
"""

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

CASTS = (torch.ops.aten._to_copy.default,)
"""Their type is what they are asked for."""


class Rounding(TorchDispatchMode):
    """While it is entered, an operation on float16 tensors gives float16, or float32 where a float32 tensor takes part.

    Attributes:
        largest: magnitude over all float16 results; inf after an overflow.
        nan: whether a result held one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.largest, self.nan = 0.0, False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kinds = {leaf.dtype for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor) and leaf.ndim}
        if torch.float16 not in kinds or func.is_view or func in CASTS:
            return self._seen(func(*args, **(kwargs or {})))
        result = func(*_each(args, torch.float16, Tensor.float), **_each(kwargs or {}, torch.float16, Tensor.float))
        if torch.float32 in kinds:
            return result
        return self._seen(_each(result, torch.float32, Tensor.half))

    def _seen(self, result: Any) -> Any:
        return _each(result, torch.float16, self._note)

    def _note(self, x: Tensor) -> Tensor:
        if x.numel():
            low, high = (float(end) for end in x.float().aminmax())
            self.nan = self.nan or low != low
            self.largest = max(self.largest, -low, high)
        return x


def _each(tree: Any, dtype: torch.dtype, change: Any) -> Any:
    return tree_map_only(Tensor, lambda x: change(x) if x.dtype is dtype else x, tree)
