"""Under which names masks and results are kept: everything that decides their bytes, and nothing else."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NewType

import msgspec
import numpy as np

from gateway.effects import Drawing
from gateway.order import Order
from gateway.pictures.compose import Ground, Layout
from gateway.pictures.encoding.table import OutputFormat

Digest = NewType("Digest", str)
"""A SHA-256 in hexadecimal."""

REVISION: Final = 1
"""Of everything between a mask and a file: raised when the same order would give other bytes. Effects have their own."""


def digest(data: bytes) -> Digest:
    """Of a picture's bytes."""
    return Digest(hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class MaskKey:
    """A mask: of the picture with that digest, by that version of that model."""

    picture: Digest
    model: str
    version: str

    @cached_property
    def name(self) -> str:
        """In the store."""
        return f"cache/masks/{_hashed(self)}"


@dataclass(frozen=True)
class ResultKey:
    """A file: a mask's picture in one drawing, laid out and encoded."""

    mask: MaskKey
    effect: str
    effect_revision: int
    parameters: Mapping[str, Any]
    output: OutputFormat
    quality: int
    layout: Mapping[str, Any]
    decontaminate: bool
    backdrop: Digest | None
    revision: int = REVISION

    @cached_property
    def name(self) -> str:
        """In the store."""
        return f"cache/results/{_hashed(self)}"


def result_key(mask: MaskKey, order: Order, drawing: Drawing, backdrop: Digest | None) -> ResultKey:
    """The key of one of the order's files. `order` names the output format that is written."""
    return ResultKey(
        mask=mask,
        effect=drawing.effect.name,
        effect_revision=drawing.effect.revision,
        parameters=msgspec.to_builtins(drawing.values),
        output=order.output,
        quality=0 if order.output == "png" else order.quality,  # PNG has none
        layout=_layout(order.layout),
        decontaminate=order.decontaminate,
        backdrop=backdrop,
    )


def _layout(layout: Layout) -> dict[str, Any]:
    return {
        "crop": layout.crop,
        "margin": layout.margin,
        "max_side": layout.max_side,
        "channels": layout.channels,
        "grounds": [_ground(each) for each in layout.grounds],
    }


def _ground(ground: Ground) -> object:
    if isinstance(ground, np.ndarray):
        return [ground.shape, digest(ground.tobytes())]
    return ground


def _hashed(key: MaskKey | ResultKey) -> str:
    """One name for equal keys: the members in their order, parameters by name."""
    return digest(msgspec.json.encode(key, order="sorted"))
