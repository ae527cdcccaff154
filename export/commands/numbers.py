"""Numbers on the command line."""

import argparse


def share(text: str) -> float:
    """A number from 0 to 1. Raises argparse's error."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share: a number from 0 to 1")
    return number


def count(text: str) -> int:
    """A whole number from 1. Raises argparse's error."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: a whole number from 1")
    return int(text)
