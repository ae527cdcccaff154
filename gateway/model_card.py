"""What is known of a model: from its server what it serves, from the repository, where that is at hand, what lies there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from checkpoints import metadata
from checkpoints.errors import FormatError
from gateway.segmentation import Serving

_GRAPH = "model.onnx"


class Host(Protocol):
    """Whoever serves models."""

    async def serving(self, model: str) -> Serving:
        """What of `model` is served, and how."""


@dataclass(frozen=True)
class Card:
    """`digest` is the SHA-256 of the checkpoint of the version; what only its file tells is None without it."""

    serving: Serving
    variant: str | None
    precision: str | None
    digest: str | None


class Catalogue:
    """`repository` is None where the models lie on another machine."""

    def __init__(self, host: Host, repository: Path | None) -> None:
        self._host = host
        self._repository = repository

    async def card(self, model: str, version: str = "") -> Card:
        """What `model` is, in that version or, of "", in the newest one that is served. Raises what the host raises."""
        serving = await self._host.serving(model)
        facts = self._facts(model, version or serving.versions[-1]) if serving.versions else {}
        return Card(serving, facts.get("variant"), facts.get("precision"), facts.get("weights_sha256"))

    def _facts(self, model: str, version: str) -> dict[str, str]:
        if self._repository is None:
            return {}
        try:
            return metadata.read(self._repository / model / version / _GRAPH)
        except (FormatError, OSError):  # a plan, or another layout
            return {}
