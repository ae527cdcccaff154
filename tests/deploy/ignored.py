"""Which files a .dockerignore keeps from a build."""

import re
from pathlib import Path, PurePosixPath


def is_ignored(path: str, patterns: Path) -> bool:
    """By Docker's rules: the last line that fits the path, or a folder it is in, decides; ! takes it back."""
    verdict = False
    for line in patterns.read_text().splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            taken_back = pattern.startswith("!")
            if any(_fits(str(each), pattern.removeprefix("!")) for each in (path, *_folders(path))):
                verdict = not taken_back
    return verdict


def _folders(path: str) -> list[str]:
    return [str(each) for each in PurePosixPath(path).parents if str(each) != "."]


def _fits(path: str, pattern: str) -> bool:
    parts = {r"\*\*/": "(.*/)?", r"\*\*": ".*", r"\*": "[^/]*", r"\?": "[^/]"}
    expression = re.escape(pattern).replace(r"\[", "[").replace(r"\]", "]").replace(r"\-", "-")
    for glob, regular in parts.items():
        expression = expression.replace(glob, regular) if glob != r"\*" else re.sub(r"(?<!\.)\\\*", regular, expression)
    return re.fullmatch(expression, path) is not None
