"""Training against a clock that the test turns: phases end on time, an interrupted run goes on, the seed is the run's."""

import itertools

import pytest
import torch

from checkpoints.errors import FormatError
from export.timed.feeder import Feeder, Supply
from export.timed.painters import Painters
from export.timed.results import read_weights, write_weights
from export.timed.schedule import Phase, Schedule
from export.timed.start import Start
from export.timed.trainer import Trainer
from export.variants import VARIANTS

CPU = torch.device("cpu")
SCHEDULE = Schedule((Phase(0.5, 32, False, 2, 0.5), Phase(1.0, 32, True, 2, 0.5)))
SECONDS = 32.0


class Clock:
    """A second passes each time somebody looks."""

    def __init__(self):
        self.seconds = itertools.count()

    def __call__(self):
        return float(next(self.seconds))


@pytest.fixture(scope="module")
def feeder():
    with Painters(0, 1, 64, 0.5) as painters:
        yield Feeder(Supply(64, 8, 4, 4, 0.0, 0), 1, CPU, painters)


def trainer(folder, seed=1, seconds=SECONDS):
    return Trainer(folder, Start(VARIANTS["demo"]), SCHEDULE, seconds, seed, CPU, clock=Clock())


def weights(network):
    return torch.cat([p.flatten() for p in network.parameters()])


def test_a_run_goes_through_its_phases_and_ends_on_time(feeder, tmp_path):
    run, calls = trainer(tmp_path), []
    before = weights(run.average)
    run.run(feeder, lambda: calls.append(run.step), interval=10.0)
    assert [pace.phase for pace in run.paces] == [0, 1]
    assert all(pace.steps >= 2 for pace in run.paces)
    assert SECONDS <= run.elapsed < SECONDS + 5
    assert len(calls) == 3
    assert not torch.equal(before, weights(run.average)) and weights(run.average).isfinite().all()


def test_a_run_is_continued_where_it_was_saved(feeder, tmp_path):
    first = trainer(tmp_path)
    first.run(feeder, first.save, interval=14.0)
    second = trainer(tmp_path)
    assert 0 < second.step < first.step and 0 < second.elapsed < SECONDS
    second_step = second.step
    second.run(feeder, lambda: None)
    assert second.elapsed >= SECONDS and second.step > second_step


def test_a_run_is_not_continued_with_another_seed(tmp_path):
    trainer(tmp_path).save()
    with pytest.raises(ValueError, match="started with seed 1"):
        trainer(tmp_path, seed=2)


def test_the_same_step_composes_the_same_batch(feeder, tmp_path):
    (one, truth), (other, _) = (trainer(tmp_path / name).batch(SCHEDULE.phases[0], feeder, 0.5) for name in "ab")
    assert torch.equal(one, other) and truth.shape == (2, 1, 32, 32)


def test_weights_come_back_from_their_parts(tmp_path):
    network = VARIANTS["demo"].build(32)
    write_weights(network, tmp_path)
    back = read_weights(tmp_path)
    assert back.keys() == network.state_dict().keys()
    assert all(torch.equal(back[name], value) for name, value in network.state_dict().items())
    sizes = [file.stat().st_size for file in tmp_path.glob("weights.*.pth")]
    assert len(sizes) == 2 and max(sizes) < 0.7 * sum(sizes)


def test_a_run_goes_on_from_the_weights_of_another(tmp_path):
    network = VARIANTS["demo"].build()
    write_weights(network, tmp_path)
    assert torch.equal(weights(Start(VARIANTS["demo"], tmp_path).network()), weights(network))


def test_weights_of_another_network_are_refused(tmp_path):
    write_weights(VARIANTS["demo-small"].build(), tmp_path)
    with pytest.raises(FormatError, match=f"{tmp_path}: not weights of demo$"):
        Start(VARIANTS["demo"], tmp_path).network()


@pytest.mark.parametrize("other", [{"weights": True}, {"backbone_rate": 0.5}], ids=["from weights", "another rate"])
def test_a_run_is_not_continued_with_another_start(tmp_path, other):
    trainer(tmp_path / "run").save()
    if "weights" in other:
        write_weights(VARIANTS["demo"].build(), tmp_path / "out")
        other = {"weights": tmp_path / "out"}
    start = Start(VARIANTS["demo"], **other)
    with pytest.raises(
        ValueError, match=r"began otherwise \(demo anew, backbone's rate 1, not demo .*another folder by --run"
    ):
        Trainer(tmp_path / "run", start, SCHEDULE, SECONDS, 1, CPU)


@pytest.mark.parametrize("rate", [0.0, 0.03], ids=["left as it is", "slowly"])
def test_a_backbone_learns_at_its_own_rate(feeder, tmp_path, rate):
    start = Start(VARIANTS["demo"], backbone_rate=rate)
    run = Trainer(tmp_path, start, SCHEDULE, SECONDS, 1, CPU, Clock())
    before, rest = weights(run.network.backbone), weights(run.network.decoder)
    run.train_step(SCHEDULE.phases[0], feeder)
    moved, others = (
        (weights(m) - old).abs().max() for m, old in ((run.network.backbone, before), (run.network.decoder, rest))
    )
    assert others > 0 and moved < 0.1 * others and (moved > 0) == (rate > 0)


@pytest.mark.parametrize("saved", [True, False])
def test_a_run_recovers_from_weights_that_are_no_numbers(tmp_path, saved):
    run = trainer(tmp_path)
    if saved:
        run.save()
    with torch.no_grad():
        for parameter in (*run.network.parameters(), *run.average.parameters()):
            parameter.fill_(torch.nan)
    run.step, run.elapsed = 7, 5.0
    run.recover()
    assert weights(run.network).isfinite().all() and weights(run.average).isfinite().all()
    assert (run.step, run.elapsed) == (7, 5.0)
