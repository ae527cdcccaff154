"""What things are made of: glaze, print, metal, leaf."""

import numpy as np

from .colours import near, vivid
from .figure import Coat, Colour

PATTERNS = ("plain", "plain", "gradient", "mottled", "bands", "checks", "spots", "patches")


def coats(rng: np.random.Generator) -> dict[str, Coat]:
    def of(colour: Colour, pattern: str = "plain") -> Coat:
        second = vivid(rng) if rng.random() < 0.5 else near(rng, colour, 0.15)
        return Coat(
            colour,
            second,
            pattern,
            rng.uniform(3, 14),
            rng.uniform(0, 3.1),
            rng.uniform(0.01, 0.08),
            rng.uniform(0, 0.8),
        )

    body, drink = vivid(rng), np.array([0.25, 0.14, 0.07], np.float32)
    if rng.random() < 0.25:
        body = np.full(3, rng.uniform(0.75, 0.97), np.float32)
    return {
        "body": of(body, str(rng.choice(PATTERNS))),
        "inside": of(body * np.float32(0.6)),
        "side": of(body * np.float32(0.7)),
        "top": of(np.minimum(body * np.float32(1.25), 1.0)),
        "drink": of(near(rng, drink, 0.08), "mottled"),
        "label": of(vivid(rng), str(rng.choice(PATTERNS))),
        "ink": of(vivid(rng) * np.float32(0.4)),
        "trim": of(vivid(rng)),
        "metal": Coat(np.full(3, 0.75, np.float32), np.full(3, 0.35, np.float32), "bands", 4.0, 0.3, 0.02, 0.8),
        "leaf": of(near(rng, np.array([0.25, 0.45, 0.18], np.float32), 0.1), "mottled"),
    }
