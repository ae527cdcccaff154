from pathlib import Path

from gateway.embedded.rundir import remove_shared_memory, run_directory, shared_memory_prefix, sweep


def test_a_run_directory_is_private_and_removed_at_the_end(tmp_path: Path) -> None:
    with run_directory(tmp_path) as directory:
        assert directory.stat().st_mode & 0o077 == 0
        (directory / "file").write_text("x")
    assert not directory.exists()


def test_a_sweep_spares_a_living_owner(tmp_path: Path) -> None:
    with run_directory(tmp_path) as directory:
        sweep(tmp_path)
        assert directory.exists()


def test_a_sweep_removes_a_dead_owners_folder_and_shared_memory(tmp_path: Path) -> None:
    directory = tmp_path / f"inspyrenet-triton-{tmp_path.name}"
    directory.mkdir()
    (directory / "owner.lock").touch()
    region = Path("/dev/shm") / f"{shared_memory_prefix(directory)}region"
    region.touch()
    sweep(tmp_path)
    assert not directory.exists()
    assert not region.exists()


def test_shared_memory_of_another_run_stays(tmp_path: Path) -> None:
    region = Path("/dev/shm") / f"inspyrenet-triton-other-{tmp_path.name}_region"
    region.touch()
    try:
        remove_shared_memory(tmp_path / f"inspyrenet-triton-{tmp_path.name}")
        assert region.exists()
    finally:
        region.unlink()
