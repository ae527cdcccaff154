"""What a command tells a person who asked for something that could not be done."""


class Failure(Exception):
    """Something that was asked for and not done; the text says why, in one line."""
