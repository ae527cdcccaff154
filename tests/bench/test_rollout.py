"""The rehearsal of `scripts/bench rollout` in short, with a stand-in for the network: what callers saw of it."""

from pathlib import Path

from bench.rollout import rehearse
from bench.versions import constant, copied, slow
from tests.photos import photo
from tests.standin import write_model
from tests.versions import another


def test_nobody_notices_good_versions_and_bad_ones_while_everything_is_killed(tmp_path: Path) -> None:
    write_model(tmp_path / "origin", "standin")
    model, staged = (copied(tmp_path / "origin" / "standin", tmp_path / name) for name in ("served", "staged"))
    another(staged, 2)
    constant(staged, 3)
    slow(staged, 4, rounds=2000)
    rows = rehearse(model, staged, photo("chelsea"), tmp_path, callers=60, connections=4, hold=3)
    assert [(row.failed, row.wavering, row.returned) for row in rows] == [((), 0, 0)] * 3
    assert [row.outcome for row in rows] == ["promoted", "rolled back at 0 %", "rolled back at 25 %"]
    assert "mask disagreement" in rows[1].why
    assert "p95" in rows[2].why
    assert all(row.requests > 100 for row in rows)
    assert set(rows[0].by_version) == {1, 2}
    assert set(rows[1].by_version) == {2}
    assert set(rows[2].by_version) == {2, 4}
