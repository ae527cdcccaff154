"""What keeps the container from starting."""


class StartError(Exception):
    """The text names what was wrong and what to do; nothing was started."""
