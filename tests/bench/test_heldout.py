"""Held-out pictures through a model that is served."""

from pathlib import Path

import pytest

from bench.heldout import main

SHIPPED = Path(__file__).parents[2] / "model_repository" / "inspyrenet_demo" / "3"


def test_each_kind_is_scored(capsys: pytest.CaptureFixture[str]) -> None:
    main([str(SHIPPED), "--count", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0].split(" /")[0].strip() for line in lines] == [
        "painted easy", "painted hard", "rendered easy", "rendered hard",
    ]  # fmt: skip
    easy, *_ = (float(line.split("IoU ")[1].split()[0]) for line in lines)
    assert easy > 0.8


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_count_that_is_none_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(SHIPPED), "--count", count])
    assert "a whole number from 1" in capsys.readouterr().err
