"""The names in a folder of objects, in their order."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.store.names import checked, is_name

SUFFIX: Final = "~"
"""Of files, which no name has: so an object and a folder of objects may share a name."""


def walk(objects: Path, prefix: str, after: str = "") -> Iterator[str]:
    """Those that begin with `prefix` and follow `after`; only folders that can hold one are looked into. Raises ValueError."""
    folder, slash, _ = prefix.rpartition("/")
    start = objects / checked(folder) if slash else objects
    return _walk(start, folder + slash, prefix, after)


def _walk(folder: Path, before: str, prefix: str, after: str) -> Iterator[str]:
    for entry in entries(folder, before):
        whole = before + entry
        if not whole.startswith(prefix):
            continue
        if not entry.endswith("/"):
            if whole > after:
                yield whole
        elif whole > after or after.startswith(whole):
            yield from _walk(folder / entry, whole, prefix, after)


def entries(folder: Path, before: str) -> list[str]:
    """What is ours in a folder whose objects' names begin with `before`: files, and folders with a slash at their end.

    They are in the order of names. What is others' is passed over.
    """
    try:
        with os.scandir(folder) as found:
            names = [name for entry in found if (name := _name(entry)) and is_name(before + name.removesuffix("/"))]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(names)


def _name(entry: os.DirEntry[str]) -> str:
    if entry.is_dir(follow_symlinks=False):
        return f"{entry.name}/"
    if entry.is_file(follow_symlinks=False) and entry.name.endswith(SUFFIX):
        return entry.name.removesuffix(SUFFIX)
    return ""
