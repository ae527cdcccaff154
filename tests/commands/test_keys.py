"""`gateway keys` as an operator types it."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.keys.file import read


def gateway(*arguments: str, keys: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", "keys", *(["--keys", str(keys)] if keys else []), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_key_is_made_shown_rotated_and_revoked(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    origins = "https://shop.example,https://admin.shop.example"
    made = gateway(
        "create", "--name", "shop", "--scopes", "process,store", "--origins", origins, "--rate", "600/minute", keys=keys
    )
    assert made.returncode == 0
    text = made.stdout.strip()
    which = text.split("_")[1]
    listed = gateway("list", keys=keys).stdout
    assert which in listed and origins in listed and "600/minute" in listed and "good" in listed
    assert text.split("_", 2)[2] not in listed + made.stderr
    rotated = gateway("rotate", which, "--keep", "1h", keys=keys)
    assert rotated.returncode == 0
    assert rotated.stdout.strip() != text
    assert gateway("revoke", which, keys=keys).returncode == 0
    assert [each.revoked is None for each in read(keys).keys] == [False, True]
    assert [each.rate for each in read(keys).keys] == 2 * ["600/minute"]


def test_a_key_that_signs_is_told_apart_from_one_that_is_sent(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    both = gateway("create", "--name", "n", "--scopes", "process", "--signing", keys=keys).stdout.splitlines()
    assert [each.split("_")[0] for each in both] == ["cutout", "cutoutsign"]
    assert both[0].split("_")[1] == both[1].split("_")[1]
    (alone,) = gateway("create", "--name", "n", "--scopes", "process", "--signing-only", keys=keys).stdout.splitlines()
    assert alone.startswith("cutoutsign_")
    (rotated,) = gateway("rotate", alone.split("_")[1], keys=keys).stdout.splitlines()
    assert rotated.startswith("cutoutsign_") and rotated != alone
    listed = gateway("list", keys=keys).stdout
    assert "sent and signing" in listed
    for text in (*both, alone, rotated):
        assert text.split("_", 2)[2] not in listed
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "--name", "n", "--scopes", "all"), "process, store, admin"),
        (("create", "--name", "n", "--scopes", ""), "process, store, admin"),
        (("create", "--name", "n", "--scopes", "process", "--origins", "shop"), "https://shop.example"),
        (("create", "--name", "n", "--scopes", "process", "--expires", "soon"), "90d"),
        (("create", "--name", "n", "--scopes", "process", "--rate", "often"), "10/minute"),
        (("create", "--name", "\x1b[31m", "--scopes", "process"), "printable"),
        (("create", "--scopes", "process"), "--name"),
        (("create", "--name", "n", "--scopes", "process", "--signing", "--signing-only"), "not allowed with"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = gateway(*arguments, keys=tmp_path / "keys.json")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert words in done.stderr


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    gateway("create", "--name", "n", "--scopes", "process", keys=keys)
    before = keys.read_bytes()
    for action in ("revoke", "rotate"):
        done = gateway(action, "nobodyyy", keys=keys)
        assert (done.returncode, "keys list" in done.stderr) == (1, True)
    assert keys.read_bytes() == before
    assert gateway("list", keys=tmp_path / "other.json").returncode == 1


def test_without_a_file_named() -> None:
    done = gateway("list")
    assert (done.returncode, "CUTOUT_KEYS" in done.stderr) == (2, True)


def test_a_dead_key_begets_no_other(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    made = gateway("create", "--name", "n", "--scopes", "process", "--expires", "0m", keys=keys)
    before = keys.read_bytes()
    done = gateway("rotate", made.stdout.split("_")[1], keys=keys)
    assert (done.returncode, done.stdout, "has expired" in done.stderr) == (1, "", True)
    assert keys.read_bytes() == before
