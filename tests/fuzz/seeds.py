"""The committed inputs of a target: what is right, what is nearly right, and what was a finding once."""

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def paths(name: str) -> list[Path]:
    """Of the target `name`, in one order on every machine."""
    return sorted((CORPUS / name).iterdir())


def seeds(name: str) -> list[bytes]:
    """Their bytes."""
    return [path.read_bytes() for path in paths(name)]
