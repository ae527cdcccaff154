"""How long a session's pictures are kept, by how far its order is."""

from datetime import timedelta
from typing import Final, Literal

Tier = Literal["temporary", "order_pending", "order_completed", "archived"]

LIFETIMES: Final[dict[Tier, timedelta]] = {
    "temporary": timedelta(days=7),
    "order_pending": timedelta(days=30),
    "order_completed": timedelta(days=180),
    "archived": timedelta(days=730),
}
