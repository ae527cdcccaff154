"""How long starts took, and what is made of it."""

from pathlib import Path

import pytest

from gateway.cold_starts import KEPT, ColdStarts


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def started(path: Path, seconds: float, model: str = "m") -> None:
    clock = Clock()
    starts = ColdStarts(model, path, clock)
    clock.now = seconds
    assert starts.end() == seconds


def test_nothing_is_known_before_the_first_start() -> None:
    assert ColdStarts("m").remaining() is None


def test_the_median_of_the_last_starts_less_the_time_gone_by(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "starts.json"
    for seconds in (900.0, 4.0, 60.0, 5.0, 4.5, 5.5):  # the first is forgotten
        started(path, seconds)
    assert KEPT == 5
    clock = Clock()
    starts = ColdStarts("m", path, clock)
    assert starts.remaining() == 5.0
    clock.now = 2.0
    assert starts.remaining() == 3.0
    clock.now = 20.0
    assert starts.remaining() == 0.0
    starts.begin()
    assert starts.remaining() == 5.0


def test_each_model_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "starts.json"
    started(path, 3.0, "small")
    started(path, 30.0, "large")
    assert ColdStarts("small", path).remaining() == pytest.approx(3.0, abs=0.5)
    assert ColdStarts("large", path).remaining() == pytest.approx(30.0, abs=0.5)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"m": ["x"]}', b"\xff"])
def test_a_damaged_file_costs_the_estimate_only(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "starts.json"
    path.write_bytes(content)
    assert ColdStarts("m", path).remaining() is None
    started(path, 3.0)
    assert ColdStarts("m", path).remaining() == pytest.approx(3.0, abs=0.5)


def test_a_folder_that_cannot_be_written_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    starts = ColdStarts("m", tmp_path / "file" / "starts.json")
    assert starts.end() >= 0
    assert starts.remaining() is not None


def test_how_often_the_model_went_away() -> None:
    starts = ColdStarts("m")
    starts.end()
    assert starts.losses == 0
    starts.begin()
    starts.end()
    assert (starts.ended, starts.losses) == (2, 1)
