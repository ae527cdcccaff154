"""What is let into the cache, and what is not."""

import hashlib
import subprocess
import sys
import threading
import time

import pytest
import torch

from checkpoints.errors import CheckpointError, DigestError, DownloadError, FormatError, LayoutError, MissingError
from checkpoints.fetch import adopt, fetch
from tests.checkpoints.networks import random_state
from tests.checkpoints.server import HASTE, names


def test_a_checkpoint_is_fetched_once(server, entry, cache, heard, saved):
    checkpoint = entry(url=server.url)
    assert fetch(checkpoint, cache, heard, HASTE) == cache / "small.pth"
    assert fetch(checkpoint, cache, heard, HASTE).read_bytes() == saved.read_bytes()
    assert server.asked == [None]
    assert heard.steps[-1] == (len(server.body), len(server.body))
    assert names(cache) == ["small.pth", "small.pth.lock"]


def test_a_part_of_another_file_is_dropped_when_the_digest_says_so(server, entry, cache, heard, saved):
    cache.mkdir()
    (cache / "small.pth.part").write_bytes(b"x" * 1000)
    assert fetch(entry(url=server.url), cache, heard, HASTE).read_bytes() == saved.read_bytes()
    assert server.asked == ["bytes=1000-", None]


def test_another_file_than_published_is_refused_and_not_kept(server, entry, cache, heard):
    expected = "0" * 32
    actual = hashlib.md5(server.body).hexdigest()
    with pytest.raises(DigestError, match=rf"{server.url}.*md5 {actual}, and {expected} is expected"):
        fetch(entry(url=server.url, md5=expected), cache, heard, HASTE)
    assert server.asked == [None]
    assert names(cache) == ["small.pth.lock"]


def test_another_file_than_published_is_refused_after_one_more_try(server, entry, cache, heard):
    server.plan = [("cut", 1000), "", ("cut", 1000), ""]
    with pytest.raises(DigestError):
        fetch(entry(url=server.url, md5="0" * 32), cache, heard, HASTE)
    assert server.asked == [None, "bytes=1000-"] * 2
    assert names(cache) == ["small.pth.lock"]


def test_a_pinned_sha256_is_checked_as_well(server, entry, cache, heard):
    with pytest.raises(DigestError, match=r"sha256 .* is expected"):
        fetch(entry(url=server.url, sha256="0" * 64), cache, heard, HASTE)
    assert fetch(entry(url=server.url, sha256=hashlib.sha256(server.body).hexdigest()), cache, heard, HASTE).is_file()


def test_without_a_published_digest_the_first_is_trusted_and_recorded(server, entry, cache, heard):
    checkpoint = entry(url=server.url, md5=None)
    path = fetch(checkpoint, cache, heard, HASTE)
    record = cache / "small.pth.sha256"
    assert record.read_text() == f"{hashlib.sha256(server.body).hexdigest()}  small.pth\n"
    assert any(str(record) in note for note in heard.notes)
    path.unlink()
    assert fetch(checkpoint, cache, heard, HASTE).is_file()


def test_without_a_published_digest_a_second_file_is_refused(server, entry, cache, heard, tmp_path):
    checkpoint = entry(url=server.url, md5=None)
    fetch(checkpoint, cache, heard, HASTE).unlink()
    torch.save(random_state(seed=1), tmp_path / "other.pth")
    server.body = (tmp_path / "other.pth").read_bytes()
    with pytest.raises(DigestError, match=r"small\.pth\.sha256: delete that record if you trust the new one"):
        fetch(checkpoint, cache, heard, HASTE)
    assert names(cache) == ["small.pth.lock", "small.pth.sha256"]


def test_without_a_published_digest_a_page_is_no_checkpoint(server, entry, cache, heard):
    server.body = b"<html>log in to this network</html>"
    with pytest.raises(FormatError, match=r"not a file that torch.save wrote"):
        fetch(entry(url=server.url, md5=None), cache, heard, HASTE)
    assert names(cache) == ["small.pth.lock"]


def test_what_is_as_published_but_of_another_network_is_not_fetched_twice(server, entry, cache, heard, tmp_path):
    (tmp_path / "other.json").write_text("{}")
    checkpoint = entry(url=server.url, layout=tmp_path / "other.json")
    for _ in range(2):
        with pytest.raises(LayoutError, match=r"unexpected 'stem\.weight' \(6 in all\)"):
            fetch(checkpoint, cache, heard, HASTE)
    assert server.asked == [None, f"bytes={len(server.body)}-"]


def test_a_checkpoint_without_an_address(entry, cache, heard):
    with pytest.raises(DownloadError, match=r"model zoo .*--from FILE"):
        fetch(entry(url=None), cache, heard)


CRAMPED = """
import resource, sys
from pathlib import Path
from checkpoints.catalogue import Checkpoint
from checkpoints.fetch import adopt, fetch
from checkpoints.terminal import Terminal
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
command, url, layout, source, folder = sys.argv[1:]
checkpoint = Checkpoint("small", "m", "small.pth", url, None, None, Path(layout), None)
if command == "fetch":
    fetch(checkpoint, Path(folder), Terminal(sys.stderr))
else:
    adopt(checkpoint, Path(source), Path(folder), Terminal(sys.stderr))
"""


@pytest.mark.parametrize("command", ["fetch", "adopt"])
def test_a_disk_that_fills_up(server, entry, cache, heard, saved, command):
    checkpoint = entry(md5=None)
    arguments = [command, server.url, checkpoint.layout, saved, cache]
    ended = subprocess.run([sys.executable, "-c", CRAMPED, *arguments], capture_output=True, text=True, timeout=60)
    assert f"SpaceError: {cache}: the disk is full: make room, or set CUTOUT_CACHE" in ended.stderr
    assert not (cache / "small.pth").exists()
    assert not (cache / "small.pth.copy").exists()
    assert fetch(entry(url=server.url), cache, heard, HASTE).is_file()  # with room it goes on


def test_a_cache_that_cannot_be_written_is_named(server, entry, tmp_path, heard):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"file/cache: cannot be written \(Not a directory\): .*CUTOUT_CACHE"):
        fetch(entry(url=server.url), tmp_path / "file" / "cache", heard, HASTE)


def test_two_at_once_fetch_once(server, entry, cache, heard):
    server.plan = [("stall", 1000)]
    checkpoint = entry(url=server.url)
    threads = [threading.Thread(target=fetch, args=(checkpoint, cache, heard, HASTE)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == [None, "bytes=1000-"]
    assert sum("Waiting for another process" in note for note in heard.notes) == 3
    assert names(cache) == ["small.pth", "small.pth.lock"]


def test_what_a_killed_process_left_is_continued(server, entry, cache, heard, saved):
    server.plan = [("stall", 30_000)]
    arguments = ["fetch", server.url, entry().layout, saved, cache]
    with subprocess.Popen([sys.executable, "-c", CRAMPED, *arguments]) as process:
        part = cache / "small.pth.part"
        while not part.exists() or part.stat().st_size == 0:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    have = part.stat().st_size
    assert fetch(entry(url=server.url), cache, heard, HASTE).read_bytes() == saved.read_bytes()
    assert server.asked == [None, f"bytes={have}-"]


def test_a_file_from_elsewhere(entry, cache, heard, saved):
    path = adopt(entry(), saved, cache, heard)
    assert path == cache / "small.pth"
    assert path.read_bytes() == saved.read_bytes()
    assert names(cache) == ["small.pth", "small.pth.lock"]
    assert adopt(entry(), path, cache, heard) == path


@pytest.mark.parametrize(
    ("spoil", "fields", "kind", "text"),
    [
        (lambda path: path.unlink(), {}, MissingError, "No such file"),
        (lambda path: (path.unlink(), path.mkdir()), {}, MissingError, "Is a directory"),
        (lambda path: path.write_bytes(b""), {}, MissingError, "is empty"),
        (lambda path: path.write_bytes(b"garbage"), {}, DigestError, "is not the published small: md5"),
        (lambda path: path.write_bytes(b"garbage"), {"md5": None}, FormatError, "not a file that torch.save wrote"),
        (lambda path: torch.save({"w": torch.zeros(1)}, path), {"md5": None}, LayoutError, r"misses 'stem\.weight'"),
    ],
    ids=["absent", "folder", "empty", "digest", "format", "layout"],
)
def test_a_wrong_file_from_elsewhere_is_refused(entry, cache, heard, saved, tmp_path, spoil, fields, kind, text):
    source = tmp_path / "source.pth"
    source.write_bytes(saved.read_bytes())
    spoil(source)
    with pytest.raises(kind, match=text) as refusal:
        adopt(entry(**fields), source, cache, heard)
    assert str(source) in str(refusal.value)
    assert not (cache / "small.pth").exists()
