"""What can go wrong in a rollout, for operators."""


class LoadRefused(Exception):
    """A version cannot be loaded; the text says why."""
