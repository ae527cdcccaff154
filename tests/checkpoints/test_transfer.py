"""A real server that fails in every way we could think of."""

import pytest

from checkpoints.errors import DownloadError, SpaceError
from checkpoints.fetch import fetch
from tests.checkpoints.server import HASTE, names


def test_a_redirect_is_followed(server, entry, cache, heard):
    assert fetch(entry(url=f"{server.url}/moved"), cache, heard, HASTE).is_file()


@pytest.mark.parametrize(
    ("plan", "asked"),
    [
        ([("cut", 1000)], [None, "bytes=1000-"]),
        ([("cut", n * 1000) for n in (1, 2, 3, 4)], [None, *(f"bytes={n}000-" for n in (1, 2, 3, 4))]),
        ([("stall", 1000)], [None, "bytes=1000-"]),
        ([503, 429, ""], [None] * 3),
        ([("cut", 1000), 502, 500], [None, "bytes=1000-", "bytes=1000-", "bytes=1000-"]),
        ([("cut", 1000), ("lie", "bytes 7-9/10")], [None, "bytes=1000-", None]),
        ([("cut", 1000), ("lie", "nonsense")], [None, "bytes=1000-", None]),
        ([("cut", 1000), 416], [None, "bytes=1000-", None]),
    ],
    ids=["truncated", "truncated often", "stalls", "busy", "broken gateway", "another range", "no range", "416"],
)  # fmt: skip
def test_what_passes_is_overcome(server, entry, cache, heard, saved, plan, asked):
    server.plan = plan
    path = fetch(entry(url=server.url), cache, heard, HASTE)
    assert path.read_bytes() == saved.read_bytes()
    assert server.asked == asked
    assert any("trying again" in note for note in heard.notes)


def test_a_server_without_ranges_sends_all_of_it_again(server, entry, cache, heard, saved):
    server.ranges, server.plan = False, [("cut", 1000)]
    assert fetch(entry(url=server.url), cache, heard, HASTE).read_bytes() == saved.read_bytes()
    assert server.asked == [None, "bytes=1000-"]


def test_a_later_call_continues(server, entry, cache, heard, saved):
    server.plan = [("cut", 1000), 500, 500, 500]
    checkpoint = entry(url=server.url)
    with pytest.raises(DownloadError, match=rf"{server.url}: The server answered 500, 3 times; .*--from FILE"):
        fetch(checkpoint, cache, heard, HASTE)
    assert (cache / "small.pth.part").stat().st_size == 1000
    assert fetch(checkpoint, cache, heard, HASTE).read_bytes() == saved.read_bytes()
    assert server.asked[-1] == "bytes=1000-"


def test_a_part_that_was_complete_is_not_fetched_again(server, entry, cache, heard, saved):
    cache.mkdir()
    (cache / "small.pth.part").write_bytes(saved.read_bytes())
    fetch(entry(url=server.url), cache, heard, HASTE)
    assert server.asked == [f"bytes={len(server.body)}-"]
    assert names(cache) == ["small.pth", "small.pth.lock"]


def test_a_part_of_another_file_is_dropped_when_the_server_says_so(server, entry, cache, heard, saved):
    server.plan = [("cut", 1000), 500, 500, 500]
    checkpoint = entry(url=server.url)
    with pytest.raises(DownloadError):
        fetch(checkpoint, cache, heard, HASTE)
    server.tag = '"two"'
    assert fetch(checkpoint, cache, heard, HASTE).read_bytes() == saved.read_bytes()
    assert server.asked[-2:] == ["bytes=1000-", None]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final(server, entry, cache, heard, status):
    server.plan = [status]
    with pytest.raises(DownloadError, match=rf"{server.url}: the server answered {status}; .*--from FILE"):
        fetch(entry(url=server.url), cache, heard, HASTE)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "fault", [[503] * 3, [("stall", 0)] * 3, [("cut", 0)] * 3], ids=["busy", "silent", "truncated"]
)
def test_patience_ends(server, entry, cache, heard, fault):
    server.plan = fault
    with pytest.raises(DownloadError, match="3 times"):
        fetch(entry(url=server.url), cache, heard, HASTE)
    assert len(server.asked) == 3


def test_patience_ends_where_a_server_gives_and_denies_in_turn(server, entry, cache, heard):
    server.plan = [("cut", 100), 416] * 20
    with pytest.raises(DownloadError, match="3 times"):
        fetch(entry(url=server.url), cache, heard, HASTE)


def test_nobody_answers(entry, cache, heard):
    with pytest.raises(DownloadError, match=r"http://127.0.0.1:1/small.pth: The connection failed, 3 times"):
        fetch(entry(url="http://127.0.0.1:1/small.pth"), cache, heard, HASTE)


def test_too_large_for_the_disk_is_said_before_it_is_fetched(server, entry, cache, heard):
    server.plan = [("announce", 10**16)]
    with pytest.raises(SpaceError, match=r"10,000,000,000 MB are needed and [\d,]+ MB are free: .*CUTOUT_CACHE"):
        fetch(entry(url=server.url), cache, heard, HASTE)
    assert heard.steps == []
