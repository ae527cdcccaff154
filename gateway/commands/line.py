"""Text of others on a terminal."""


def line(text: str) -> str:
    """Without what would begin another line, or move the cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
