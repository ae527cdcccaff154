"""How a model in the repository is called: `MODEL/VERSION`."""

import re
from dataclasses import dataclass

_NAME = re.compile(r"(?P<model>\w[\w.-]*)/(?P<version>\d+)", re.ASCII)


@dataclass(frozen=True)
class Name:
    """Its folder in the repository, and its version."""

    model: str
    version: int

    @classmethod
    def parse(cls, text: str) -> "Name":
        """Raises ValueError for what is not MODEL/VERSION."""
        match = _NAME.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not MODEL/VERSION, such as inspyrenet_demo/1")
        return cls(match["model"], int(match["version"]))

    def __str__(self) -> str:
        return f"{self.model}/{self.version}"
