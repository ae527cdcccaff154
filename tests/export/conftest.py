"""A demonstration network with random, calibrated weights: enough for everything but the quality of its masks."""

import numpy as np
import pytest
import torch

from export.evaluate import held_out, recalibrate
from export.variants import VARIANTS


@pytest.fixture(scope="session")
def pictures():
    return np.stack([picture[..., :3] for picture in held_out(384, 8, hard=False)])


@pytest.fixture(scope="session")
def random_checkpoint(tmp_path_factory, pictures):
    torch.manual_seed(0)
    network = VARIANTS["demo"].build()
    recalibrate(network, [pictures])
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(network.state_dict(), path)
    return path
