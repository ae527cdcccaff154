"""What is asked for."""

from dataclasses import dataclass

from gateway.effects import PLAIN as PLAIN_DRAWING
from gateway.effects import Drawing
from gateway.pictures.compose import PLAIN, Layout
from gateway.pictures.encoding.table import OutputFormat


@dataclass(frozen=True)
class Order:
    """One picture's cut-out, once for each of `drawings`. An empty `version` leaves the choice to the model's server.

    `fallback` is the version that answers where `version` fails, which the client did not ask for; "" where none does.

    `output` is written where the picture fits it, else the first of `alternatives` that it fits.

    `decontaminate` replaces the colours of soft edges by the subject's own. `backdrop` is a picture's bytes, laid under
    the cut-out and over the layout's grounds. What is `fresh` is computed, whatever is kept. What is
    not `favoured` may not wait for a place.
    """

    model: str
    version: str = ""
    fallback: str = ""
    drawings: tuple[Drawing, ...] = (PLAIN_DRAWING,)
    output: OutputFormat = "png"
    alternatives: tuple[OutputFormat, ...] = ()
    quality: int = 90
    layout: Layout = PLAIN
    decontaminate: bool = True
    backdrop: bytes | None = None
    fresh: bool = False
    favoured: bool = True
