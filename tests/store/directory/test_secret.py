"""What addresses are signed with."""

from pathlib import Path

import pytest

from gateway.store.errors import StoreError
from tests.store.directory.folder import opened


def test_all_processes_share_a_secret(root: Path) -> None:
    secrets = {opened(root).secret for _ in range(3)}
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert (root / "secret").stat().st_mode & 0o777 == 0o600


def test_a_damaged_secret_ends_the_start(root: Path) -> None:
    opened(root)
    (root / "secret").write_bytes(b"")
    with pytest.raises(StoreError, match="secret is damaged"):
        opened(root)
