"""What an instance costs while it is there: Cloud Run's instance-based billing, regions of tier 1, in USD.

As quoted in 2026 at https://cloud.google.com/run/pricing; docs/deploy.md says what was not verified.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Prices:
    """Of a second."""

    gpu: float = 0.0001867
    """An L4 without zonal redundancy."""
    cpu: float = 0.000018
    gib: float = 0.000002

    def hour(self, cpus: float, gib: float) -> float:
        """Of one instance with a GPU, USD."""
        return 3600 * (self.gpu + self.cpu * cpus + self.gib * gib)
