"""How small a share may be that has been seen in few cases."""

import math
from typing import Final

_Z: Final = 2.326
"""Of the normal distribution: one in a hundred is beyond it."""


def at_least(count: int, total: int) -> float:
    """The share that `count` of `total` stand for at least, with 99 % confidence; 0 of none.

    The lower end of Wilson's score interval (Probable inference, the law of succession, and statistical inference, 1927),
    one-sided.
    """
    if not total:
        return 0.0
    share, square = count / total, _Z * _Z / total
    spread = math.sqrt(share * (1 - share) * square + square * square / 4)
    return max((share + square / 2 - spread) / (1 + square), 0.0)
