"""What is asked for."""

from dataclasses import dataclass

from gateway.pictures.compose import PLAIN, Layout
from gateway.pictures.encoding.table import OutputFormat


@dataclass(frozen=True)
class Order:
    """One cut-out. An empty `version` leaves the choice to the model's server.

    `decontaminate` replaces the colours of soft edges by the subject's own. `backdrop` is a picture's bytes, laid under
    the cut-out and over the layout's grounds.
    """

    model: str
    version: str = ""
    output: OutputFormat = "png"
    quality: int = 90
    layout: Layout = PLAIN
    decontaminate: bool = True
    backdrop: bytes | None = None
