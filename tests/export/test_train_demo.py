"""The trainer: the same seed gives the same weights, also after an interruption."""

import numpy as np
import pytest
import torch

from export import train_demo
from export.evaluate import mean_absolute_error, soft_iou
from export.train_demo import Phase, Trainer

RECIPE = (
    Phase(64, False, 3, 4, 1e-3, 0.3, capacity=6, fresh=2),
    Phase(64, True, 2, 2, 1e-3, 0.3, capacity=6, fresh=2),
)


def weights_after(trainer):
    trainer.run()
    return torch.cat([p.flatten() for p in trainer.average.parameters()])


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return weights_after(Trainer(tmp_path_factory.mktemp("whole"), 1, RECIPE))


def test_an_interrupted_run_ends_with_the_same_weights(uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(train_demo, "SAVE_EVERY", 1)
    batch = train_demo.Replay.batch

    def stop_at_the_third(pool, step, count):
        if step == 2:
            raise KeyboardInterrupt
        return batch(pool, step, count)

    interrupted = Trainer(tmp_path, 1, RECIPE)
    with monkeypatch.context() as patch:
        patch.setattr(train_demo.Replay, "batch", stop_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            interrupted.run()
    resumed = Trainer(tmp_path, 1, RECIPE)
    assert (resumed.phase, resumed.step) == (0, 2)
    torch.testing.assert_close(weights_after(resumed), uninterrupted)


def test_another_seed_gives_other_weights(uninterrupted, tmp_path):
    assert not torch.allclose(weights_after(Trainer(tmp_path, 2, RECIPE)), uninterrupted)


def test_a_run_is_not_continued_with_another_seed(tmp_path):
    Trainer(tmp_path, 1, RECIPE).save()
    with pytest.raises(ValueError, match="started with seed 1"):
        Trainer(tmp_path, 2, RECIPE)


def test_scores_by_hand():
    truth = np.array([[0, 255], [0, 255]], np.uint8)
    half = np.array([[0, 255], [255, 0]], np.uint8)
    assert soft_iou(truth, truth) == 1
    assert soft_iou(half, truth) == pytest.approx(1 / 3)
    assert mean_absolute_error(half, truth) == 0.5
    assert soft_iou(np.zeros_like(truth), np.zeros_like(truth)) == 1
