"""A session and its pictures, as a document."""

from datetime import datetime

import msgspec

from gateway.customers.tiers import LIFETIMES, Tier


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is the store's; `filename` is what people see. `note` is what was said of it: pet_name, pet_id, effect_applied."""

    name: str
    filename: str
    image_type: str
    media_type: str
    size: int
    digest: str
    created: datetime
    expires: datetime
    note: dict[str, str]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The one truth about a session: what it does not name does not belong to it, whatever the store holds."""

    session_id: str
    tier: Tier
    changed: datetime
    pictures: tuple[Picture, ...] = ()
    metadata: dict[str, str] = {}

    def expires(self) -> datetime:
        """When it is over, counted from its last change."""
        return self.changed + LIFETIMES[self.tier]
