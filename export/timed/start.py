"""What a run begins with, and how fast its backbone learns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkpoints.errors import FormatError
from export.inspyrenet import InSPyReNet
from export.timed.results import read_weights
from export.variants import Variant


@dataclass(frozen=True)
class Start:
    """The network before the first step.

    Attributes:
        variant: what is trained.
        weights: folder of an earlier run's weights; None: random ones, and published ones for a backbone that has them.
        backbone_rate: learning rate of the backbone as a share of that of the rest; 0 leaves it as it is.
    """

    variant: Variant
    weights: Path | None = None
    backbone_rate: float = 1.0

    @property
    def name(self) -> str:
        """In words: another start has another one."""
        begun = f"from {self.weights}" if self.weights else "anew"
        return f"{self.variant.name} {begun}, backbone's rate {self.backbone_rate:g}"

    def network(self) -> InSPyReNet:
        """Raises CheckpointError: weights are missing, or of another network."""
        if self.weights is None:
            return self.variant.untrained()
        network = self.variant.build()
        try:
            network.load_state_dict(read_weights(self.weights))
        except RuntimeError as error:
            raise FormatError(f"{self.weights}: not weights of {self.variant.name}") from error
        return network

    def groups(self, network: InSPyReNet) -> list[dict[str, Any]]:
        """The optimiser's: the backbone and the rest, each with its `factor` of the learning rate."""
        backbone = list(network.backbone.parameters())
        own = {id(parameter) for parameter in backbone}
        rest = [parameter for parameter in network.parameters() if id(parameter) not in own]
        if self.backbone_rate == 0:
            network.backbone.requires_grad_(False)
            return [{"params": rest, "factor": 1.0}]
        return [{"params": backbone, "factor": self.backbone_rate}, {"params": rest, "factor": 1.0}]
