"""What a store cannot start with."""


class StoreError(Exception):
    """A store that cannot be used; the text says why, and what helps."""
