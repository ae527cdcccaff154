"""A clock that a test turns."""


class Clock:
    """Seconds; stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
