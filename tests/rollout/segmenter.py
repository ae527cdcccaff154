"""A server of the model, with a mask or a failure for each version."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError, ModelUnavailable, UnknownModel, UnknownVersion
from gateway.segmentation import Segmentation
from tests.rollout.plans import MODEL

SIDE: Final = 8
PICTURE: Final = np.zeros((SIDE, SIDE, 3), np.uint8)


def mask(rows: int) -> NDArray[np.uint8]:
    """Opaque in the first `rows` of SIDE: the IoU of two of them is the ratio of their rows."""
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    alpha[:rows] = 255
    return alpha


class Segmenter:
    """`answer` has what each version gives; `asked` lists who was asked for a mask. `away` is all of it."""

    def __init__(self, answer: Mapping[int, NDArray[np.uint8] | GatewayError]) -> None:
        self.answer = {str(version): each for version, each in answer.items()}
        self.confidence = 0.9
        self.away = False
        self.asked: list[str] = []
        self.absences = 0

    async def size(self, model: str) -> int:
        self._require(model)
        return SIDE

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        self._require(model)
        version = version or max(self.answer, default="")
        self.asked.append(version)
        found = self.answer.get(version)
        if found is None:
            raise UnknownVersion("There is no such version.")
        if isinstance(found, GatewayError):
            raise found
        return Segmentation(found, self.confidence, model, version)

    async def answers(self, model: str, version: str) -> bool:
        return not self.away and version in self.answer and not isinstance(self.answer[version], ModelUnavailable)

    def _require(self, model: str) -> None:
        if self.away:
            raise ModelUnavailable("away")
        if model not in (MODEL, "another"):
            raise UnknownModel("There is no such model.")
