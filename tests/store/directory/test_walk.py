"""The names in a folder of objects."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.store.directory import DirectoryStore
from tests.store.directory.folder import names, path, put


@pytest.mark.parametrize(
    "name",
    [".a~.swp", "a b", "lost+found/b~", "b", "/".join(["x" * 199] * 5) + "~"],
    ids=["hidden", "a space", "a folder", "no suffix", "too long"],
)
def test_what_is_others_is_passed_over(store: DirectoryStore, root: Path, name: str) -> None:
    put(store, "x/b")
    put(store, "dead", expires=datetime(2020, 1, 1, tzinfo=UTC))
    foreign = root / "objects" / "x" / name
    foreign.parent.mkdir(parents=True, exist_ok=True)
    foreign.write_bytes(b"foreign")
    assert names(store) == ["x/b"]
    store._tidied()
    assert not path(root, "dead").exists()
    assert foreign.exists()


def test_what_has_an_object_s_name_and_is_none(store: DirectoryStore, root: Path) -> None:
    put(store, "x/b")
    path(root, "x/a").write_bytes(b"foreign")
    assert names(store) == ["x/b"]
    store._tidied()
    assert not path(root, "x/a").exists()
    assert next((root / "damaged").iterdir()).read_bytes() == b"foreign"


@pytest.mark.parametrize("prefix", ["../", "../../etc/", "/etc/", "a//"])
def test_a_prefix_leads_nowhere_else(store: DirectoryStore, prefix: str) -> None:
    with pytest.raises(ValueError, match="no object's name"):
        asyncio.run(store.list(prefix))


looked_into: list[str] = []
sys.addaudithook(lambda event, args: looked_into.append(str(args[0])) if event == "os.scandir" else None)


def test_only_folders_that_can_hold_a_name_are_looked_into(store: DirectoryStore, root: Path) -> None:
    for name in ("s/1/a", "s/2/a", "s/20/a", "s/3/a"):
        put(store, name)
    for options, folders in (
        ({"prefix": "s/2"}, ["s", "s/2", "s/20"]),
        ({"prefix": "s/", "after": "s/2/a"}, ["s", "s/2", "s/20", "s/3"]),
        ({"prefix": "s/3/"}, ["s/3"]),
    ):
        looked_into.clear()
        asyncio.run(store.list(**options))
        assert [each.split("/objects/")[1] for each in looked_into if "/objects/" in each] == folders
