"""Who follows which events, from where, and for how long."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from gateway.errors import Overloaded
from gateway.progress import board as boards
from gateway.progress.board import Board, Entry, Owner
from gateway.progress.events import Event, complete, inference, queued

MINE: Owner = ("key", "s1")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 10))


async def followed(board: Board, owner: Owner = MINE, last: str = "", address: str = "") -> list[Entry]:
    return [entry async for entry in board.follow(owner, last, address) if entry is not None]


def names(entries: list[Entry]) -> list[str]:
    return [entry.event.name for entry in entries]


async def done(board: Board, *events: Event, owner: Owner = MINE) -> None:
    with board.work(owner, {"request_id": "r"}) as tell:
        for event in events:
            tell(event)
    await asyncio.sleep(0)


def test_a_follower_hears_everything_and_is_let_go_at_the_end() -> None:
    async def scenario() -> None:
        board = Board()
        follower = asyncio.create_task(followed(board))
        await asyncio.sleep(0)
        await done(board, queued(0), inference(), complete(1))
        entries = await follower
        assert names(entries) == ["queued", "inference", "complete"]
        assert all(entry.event.data["request_id"] == "r" for entry in entries)
        assert len({entry.id for entry in entries}) == 3

    run(scenario())


def test_events_told_on_another_thread_arrive_before_the_end() -> None:
    async def scenario() -> None:
        board = Board()
        follower = asyncio.create_task(followed(board))
        with board.work(MINE, {}) as tell:
            await asyncio.to_thread(tell, inference())
            tell(complete(1))
        assert names(await follower) == ["inference", "complete"]

    run(scenario())


def test_who_comes_back_goes_on_after_the_last_event_it_saw() -> None:
    async def scenario() -> None:
        board = Board()
        with board.work(MINE, {}) as tell:
            tell(queued(1))
            tell(inference())
            await asyncio.sleep(0)
            first = await anext(board.follow(MINE))
            assert first is not None
            later = asyncio.create_task(followed(board, last=first.id))
            tell(complete(1))
        assert names(await later) == ["inference", "complete"]

    run(scenario())


def test_who_has_seen_the_end_is_not_kept() -> None:
    async def scenario() -> None:
        board = Board()
        await done(board, complete(1))
        last = (await followed(board))[-1].id
        assert board.is_over(MINE, last)
        assert not board.is_over(MINE, "")
        assert not board.is_over(MINE, "0-1")
        assert not board.is_over(("", "s1"), last)

    run(scenario())


@pytest.mark.parametrize("last", ["x", "-", "0-1", "\u0660-\u0661", "9" * 5000, "a-99999999999999999999999"])
def test_an_id_of_somebody_else_is_as_good_as_none(last: str) -> None:
    async def scenario() -> None:
        board = Board()
        await done(board, inference(), complete(1))
        assert names(await followed(board, last=last)) == ["inference", "complete"]

    run(scenario())


def test_a_session_belongs_to_its_owner() -> None:
    async def scenario() -> None:
        board = Board()
        await done(board, complete(1))
        other = asyncio.create_task(followed(board, owner=("other", "s1")))
        await asyncio.sleep(0.05)
        assert not other.done()
        board.close()
        assert await other == []

    run(scenario())


def test_work_that_ended_long_ago_is_not_told_to_who_waits_for_the_next() -> None:
    async def scenario() -> None:
        clock = Clock()
        board = Board(clock)
        await done(board, complete(1))
        assert names(await followed(board)) == ["complete"]
        clock.now += boards.LATE_SECONDS + 1
        follower = asyncio.create_task(followed(board))
        await asyncio.sleep(0)
        await done(board, inference(), complete(2))
        assert names(await follower) == ["inference", "complete"]

    run(scenario())


def test_the_end_comes_with_the_last_of_several_pictures() -> None:
    async def scenario() -> None:
        board = Board()
        with board.work(MINE, {}) as tell:
            await done(board, complete(1))
            follower = asyncio.create_task(followed(board))
            await asyncio.sleep(0.02)
            assert not follower.done()
            tell(complete(2))
        assert names(await follower) == ["complete", "complete"]

    run(scenario())


def test_what_a_thread_says_after_the_end_is_not_heard() -> None:
    async def scenario() -> None:
        board = Board()
        with board.work(MINE, {}) as tell:
            tell(complete(1))
        await asyncio.sleep(0)
        tell(inference())
        await asyncio.sleep(0)
        assert names(await followed(board)) == ["complete"]

    run(scenario())


def test_sessions_events_and_followers_are_bounded() -> None:
    async def scenario() -> None:
        board = Board()
        for number in range(boards.MAX_SESSIONS + 50):
            await done(board, inference(), owner=("", str(number)))
        assert len(board._sessions) <= boards.MAX_SESSIONS
        await done(board, *[queued(each) for each in range(boards.MAX_EVENTS * 3)])
        assert len(await followed(board)) == boards.MAX_EVENTS
        nobodys = ("", "s1")
        with board.work(nobodys, {}) as tell:
            tell(inference())
            followers = [asyncio.create_task(followed(board, nobodys)) for _ in range(boards.MAX_FOLLOWERS)]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):  # before there is an answer that it would come too late for
                board.follow(MINE)
        await asyncio.gather(*followers)
        assert await followed(board, nobodys)  # there is room again

    run(scenario())


@pytest.mark.parametrize(
    ("mine", "others"),
    [
        ((("key", "s1"), "192.0.2.1"), (("another key", "s1"), "192.0.2.1")),
        ((("", "s1"), "192.0.2.1"), (("", "s1"), "192.0.2.2")),
    ],
    ids=["a key", "an address without one"],
)
def test_one_client_leaves_room_for_the_others(mine: tuple[Owner, str], others: tuple[Owner, str]) -> None:
    async def scenario() -> None:
        board, (owner, address) = Board(), mine
        with board.work(owner, {}):
            followers = [
                asyncio.create_task(followed(board, owner, address=address)) for _ in range(boards.MAX_FOLLOWERS // 2)
            ]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                board.follow((owner[0], "another session"), address=address)
            board.follow(others[0], address=others[1])
        await asyncio.gather(*followers)
        board.follow((owner[0], "another session"), address=address)

    run(scenario())
