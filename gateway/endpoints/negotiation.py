"""What an Accept header prefers (RFC 9110, 12.5.1)."""

from typing import Final

from gateway.pictures.encoding.table import MEDIA_TYPES, OutputFormat

JSON: Final = "application/json"
_OFFERED: Final[tuple[OutputFormat, ...]] = ("webp", "avif", "png", "jpeg")
"""Among those that a client likes equally, the first; avif takes several times as long as webp."""


def wants_json(accept: str) -> bool:
    """Whether JSON is accepted by name, and no picture beside it."""
    weights = _weights(accept)
    return weights.get(JSON, 0) > 0 and not any(each.startswith("image/") for each in weights)


def outputs(accept: str) -> tuple[OutputFormat, ...]:
    """The formats that are accepted by name, the liked first; png where none is, or none is liked more than anything else."""
    weights = _weights(accept)
    anything = max(weights.get("image/*", 0), weights.get("*/*", 0), 0.001)
    named = [output for output in _OFFERED if weights.get(MEDIA_TYPES[output], 0) >= anything]
    return (*sorted(named, key=lambda output: -weights[MEDIA_TYPES[output]]), "png")


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for each in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in each.split(";"))
        weights[media_type] = _quality(parameters)
    return weights


def _quality(parameters: list[str]) -> float:
    given = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        return min(max(float(given), 0.0), 1.0)
    except ValueError:
        return 0.0
