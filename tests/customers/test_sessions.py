"""Sessions: whose they are, how they change, and what a failure in between leaves."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from gateway.customers.anew import Written
from gateway.customers.cleaning import cleaned
from gateway.customers.session import Session
from gateway.customers.sessions import INDEX, MOST_PICTURES, PICTURES, Change, Sessions, Unreadable
from gateway.customers.tiers import LIFETIMES
from gateway.errors import Conflict, InvalidParameter, NotFound, StoreUnavailable, TooManyImages
from gateway.store.store import Changed, Info
from tests.store.memory import MemoryStore

T = TypeVar("T")


class Failing(MemoryStore):
    """Fails at the n-th change from now, before or after it is done."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None
        self.done_first = False

    def fail_at(self, number: int, *, done_first: bool) -> None:
        self.left, self.done_first = number, done_first

    async def put(self, *args: Any, **kwargs: Any) -> Any:
        return await self._counted(super().put(*args, **kwargs))

    async def delete(self, *args: Any, **kwargs: Any) -> Any:
        return await self._counted(super().delete(*args, **kwargs))

    async def extend(self, *args: Any, **kwargs: Any) -> Any:
        return await self._counted(super().extend(*args, **kwargs))

    async def _counted(self, work: Coroutine[Any, Any, T]) -> T:
        if self.left is None:
            return await work
        self.left -= 1
        if self.left < 0:
            if self.done_first:
                await work
            else:
                work.close()
            self.left = 0
            raise StoreUnavailable("away")
        return await work


@pytest.fixture
def store() -> Failing:
    return Failing()


@pytest.fixture
def sessions(store: Failing) -> Sessions:
    return Sessions(store, lambda: store.now)


def file(text: str) -> Written:
    return Written(text.encode(), "image/png", "png")


def add(sessions: Sessions, *texts: str, owner: str = "shop", session_id: str = "s1", **options: Any) -> Session:
    given = [(file(text), "original", {"pet_name": "Bella"}) for text in texts]
    change, _ = asyncio.run(sessions.add(owner, session_id, given, **options))
    return change.after


def bodies(store: MemoryStore, session: Session) -> list[str]:
    found = [asyncio.run(store.get(each.name)) for each in session.pictures]
    return [each.body.decode() for each in found if each is not None]


def test_what_is_brought_is_there(sessions: Sessions, store: Failing) -> None:
    add(sessions, "one", metadata={"order": "1"})
    add(sessions, "two", metadata={"note": "2"})
    session = asyncio.run(sessions.get("shop", "s1"))
    assert bodies(store, session) == ["one", "two"]
    assert (session.tier, session.metadata) == ("temporary", {"order": "1", "note": "2"})
    assert session.pictures[0].note == {"pet_name": "Bella"}


@pytest.mark.parametrize(("owner", "session_id"), [("other", "s1"), ("", "s1"), ("shop", "s2"), ("shop", "S1")])
def test_nobody_else_sees_it(sessions: Sessions, owner: str, session_id: str) -> None:
    add(sessions, "one")
    for work in (sessions.get(owner, session_id), sessions.move(owner, session_id, "archived")):
        with pytest.raises(NotFound, match="no such session"):
            asyncio.run(work)


def test_names_cannot_be_guessed_and_do_not_meet(sessions: Sessions, store: Failing) -> None:
    add(sessions, *(str(n) for n in range(50)))
    names = [name for name in store.objects if name.startswith(PICTURES)]
    assert len(set(names)) == 50
    assert all(len(name) == len(PICTURES) + 32 + 4 for name in names)


def test_sent_again_it_is_not_there_twice_and_its_time_begins_anew(sessions: Sessions, store: Failing) -> None:
    first = add(sessions, "one", "two")
    store.now += timedelta(days=5)
    session = add(sessions, "two", "one")
    assert [each.name for each in session.pictures] == [each.name for each in first.pictures]
    store.now += timedelta(days=6)
    assert bodies(store, asyncio.run(sessions.get("shop", "s1"))) == ["one", "two"]
    store.now += timedelta(days=2)
    with pytest.raises(NotFound):
        asyncio.run(sessions.get("shop", "s1"))


def test_sent_again_what_the_store_has_lost_is_there_again(sessions: Sessions, store: Failing) -> None:
    (lost,) = add(sessions, "one").pictures
    del store.objects[lost.name]
    assert bodies(store, add(sessions, "one")) == ["one"]


def test_a_session_stays_in_its_tier_whatever_comes(sessions: Sessions) -> None:
    add(sessions, "one", tier="order_pending")
    for tier in LIFETIMES:
        assert add(sessions, tier, tier=tier).tier == "order_pending"


def test_a_session_is_bounded(sessions: Sessions) -> None:
    add(sessions, *(str(n) for n in range(MOST_PICTURES)))
    with pytest.raises(TooManyImages):
        add(sessions, "one more")


@pytest.mark.parametrize("tier", LIFETIMES)
def test_moved_it_is_kept_for_so_long(sessions: Sessions, store: Failing, tier: Any) -> None:
    add(sessions, "one", "two")
    old = {name for name in store.objects if name.startswith(PICTURES)}
    moved = asyncio.run(sessions.move("shop", "s1", tier)).after
    assert (moved.tier, bodies(store, moved)) == (tier, ["one", "two"])
    store.now += LIFETIMES[tier] - timedelta(seconds=1)
    assert bodies(store, asyncio.run(sessions.get("shop", "s1"))) == ["one", "two"]
    store.now += timedelta(seconds=2)
    with pytest.raises(NotFound):
        asyncio.run(sessions.get("shop", "s1"))
    assert {each.name for each in moved.pictures} == old  # so their addresses are good still


def test_what_is_over_is_not_shown(sessions: Sessions, store: Failing) -> None:
    add(sessions, "old")
    store.now += timedelta(days=5)
    add(sessions, "new")
    store.now += timedelta(days=3)
    assert bodies(store, asyncio.run(sessions.get("shop", "s1"))) == ["new"]


def test_moved_to_a_shorter_time_it_is_kept_no_longer(sessions: Sessions, store: Failing) -> None:
    before = add(sessions, "one", tier="archived")
    after = asyncio.run(sessions.move("shop", "s1", "temporary")).after
    assert bodies(store, after) == ["one"]
    assert before.pictures[0].name not in store.objects
    store.now += timedelta(days=8)
    assert bodies(store, after) == []


def test_moved_only_where_that_is_longer(sessions: Sessions) -> None:
    before = add(sessions, "one", tier="archived")
    change = asyncio.run(sessions.move("shop", "s1", "order_completed", only_longer=True))
    assert change.after is change.before == before


@pytest.mark.parametrize("done_first", [False, True], ids=["not done", "done, the answer lost"])
@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("tier", ["temporary", "archived"])
def test_a_failure_while_moving_loses_nothing_and_a_retry_finishes(
    sessions: Sessions, store: Failing, tier: Any, number: int, done_first: bool
) -> None:
    add(sessions, "one", "two", tier="order_pending")
    store.fail_at(number, done_first=done_first)
    with suppress(StoreUnavailable):
        asyncio.run(sessions.move("shop", "s1", tier))
    store.left = None
    assert bodies(store, asyncio.run(sessions.get("shop", "s1"))) == ["one", "two"]
    moved = asyncio.run(sessions.move("shop", "s1", tier)).after
    assert (moved.tier, bodies(store, moved)) == (tier, ["one", "two"])
    _nothing_is_left_behind(store, moved)


@pytest.mark.parametrize("done_first", [False, True], ids=["not done", "done, the answer lost"])
@pytest.mark.parametrize("number", range(4))
def test_a_failure_while_adding_loses_nothing_and_a_retry_finishes(
    sessions: Sessions, store: Failing, number: int, done_first: bool
) -> None:
    add(sessions, "one")
    store.fail_at(number, done_first=done_first)
    with suppress(StoreUnavailable):
        add(sessions, "two", "three")
    store.left = None
    there = bodies(store, asyncio.run(sessions.get("shop", "s1")))
    assert there in (["one"], ["one", "two", "three"])
    session = add(sessions, "two", "three")
    assert bodies(store, session) == ["one", "two", "three"]
    _nothing_is_left_behind(store, session)


def _nothing_is_left_behind(store: MemoryStore, session: Session) -> None:
    """Once an operator has cleaned."""
    found = asyncio.run(cleaned(store, dry_run=True, now=store.now + timedelta(hours=2)))
    assert found.pictures == len(session.pictures)
    assert asyncio.run(cleaned(store, dry_run=False, now=store.now + timedelta(hours=2))) == found
    after = asyncio.run(cleaned(store, dry_run=True, now=store.now + timedelta(hours=2)))
    assert (after.orphans, after.pictures) == (0, len(session.pictures))
    assert len(bodies(store, session)) == len(session.pictures)


def test_ten_at_once_lose_no_picture(sessions: Sessions, store: Failing) -> None:
    async def scenario() -> None:
        one = ((file(str(n)), "original", {}) for n in range(10))
        await asyncio.gather(*(sessions.add("shop", "s1", [each]) for each in one))

    asyncio.run(scenario())
    assert sorted(bodies(store, asyncio.run(sessions.get("shop", "s1")))) == [str(n) for n in range(10)]


def test_adding_and_moving_at_once(sessions: Sessions, store: Failing) -> None:
    add(sessions, "one")

    async def scenario() -> None:
        moving = sessions.move("shop", "s1", "order_pending")
        adding = sessions.add("shop", "s1", [(file("two"), "original", {})])
        results = await asyncio.gather(moving, adding, return_exceptions=True)
        assert all(isinstance(each, Conflict) or not isinstance(each, BaseException) for each in results)

    asyncio.run(scenario())
    session = asyncio.run(sessions.get("shop", "s1"))
    assert session.tier == "order_pending"
    assert "one" in bodies(store, session)
    assert len(bodies(store, session)) == len(session.pictures)


def test_a_young_picture_is_not_left_behind_yet(store: Failing) -> None:
    asyncio.run(store.put(f"{PICTURES}a.png", b"x", media_type="image/png"))
    assert asyncio.run(cleaned(store, dry_run=False, now=store.now + timedelta(minutes=59))).orphans == 0
    assert asyncio.run(cleaned(store, dry_run=False, now=store.now + timedelta(minutes=61))).orphans == 1
    assert not store.objects


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b"[]", b'{"session_id":"\xff"}', b'{"x":' + b"[" * 9000], ids=range(6)
)
def test_what_a_damaged_session_names_is_not_cleaned(sessions: Sessions, store: Failing, body: bytes) -> None:
    add(sessions, "one")
    (document,) = (name for name in store.objects if name.startswith(INDEX))
    whole = store.objects[document]
    store.objects[document] = replace(whole, body=body)
    with pytest.raises(Unreadable):
        add(sessions, "two")
    found = asyncio.run(cleaned(store, dry_run=False, now=store.now + timedelta(hours=2)))
    assert (found.sessions, found.unreadable, found.orphans) == (1, 1, 1)
    store.objects[document] = whole
    assert bodies(store, asyncio.run(sessions.get("shop", "s1"))) == ["one"]


def test_nothing_is_listed_to_find_a_session_among_many(sessions: Sessions, store: Failing) -> None:
    async def scenario() -> None:
        for number in range(300):
            await sessions.add("shop", f"s{number}", [(file(str(number)), "original", {})])
            await sessions.move("shop", f"s{number}", "order_pending")
            await sessions.get("shop", f"s{number}")

    asyncio.run(scenario())
    assert {method for method, _ in store.asked} <= {"put", "get", "extend"}


def test_a_session_that_moves_while_a_picture_comes_keeps_it_for_its_new_tier(store: Failing) -> None:
    """The move happens between the picture's being stored and its being named."""

    class Moving(Sessions):
        moved = False

        async def _change(self, *args: Any) -> Change:
            if not self.moved:
                self.moved = True
                await self.move("shop", "s1", "archived")
            return await super()._change(*args)

    add(Sessions(store, lambda: store.now), "one")
    session = add(Moving(store, lambda: store.now), "two")
    assert (session.tier, bodies(store, session)) == ("archived", ["one", "two"])
    store.now += timedelta(days=700)
    assert bodies(store, asyncio.run(Sessions(store, lambda: store.now).get("shop", "s1"))) == ["one", "two"]
    _nothing_is_left_behind(store, session)


def test_metadata_is_bounded_however_often_it_comes(sessions: Sessions) -> None:
    add(sessions, "one", metadata={f"a{n}": "" for n in range(20)})
    assert len(add(sessions, "one", metadata={"a1": "again"}).metadata) == 20
    with pytest.raises(InvalidParameter, match="21 entries"):
        add(sessions, "one", metadata={"b": ""})


def test_a_move_that_is_told_to_have_lost_takes_nothing_that_is_named() -> None:
    """Its document was written, the answer lost, and a picture added before it was written again."""

    class Lost(MemoryStore):
        lost = False

        async def put(self, *args: Any, **kwargs: Any) -> Info:
            info = await super().put(*args, **kwargs)
            if self.lost and info.name.startswith(INDEX):
                self.lost = False
                await Sessions(self, lambda: self.now).add("shop", "s1", [(file("two"), "original", {})])
                raise Changed
            return info

    store = Lost()
    sessions = Sessions(store, lambda: store.now)
    add(sessions, "one")
    store.lost = True
    asyncio.run(sessions.move("shop", "s1", "archived"))
    assert bodies(store, asyncio.run(sessions.get("shop", "s1"))) == ["one", "two"]


def test_what_another_has_cleaned_is_no_failure() -> None:
    class Shared(MemoryStore):
        async def delete(self, name: str, *, generation: int | None = None) -> bool:
            self.objects.pop(name, None)
            return await super().delete(name, generation=generation)

    store = Shared()
    asyncio.run(store.put(f"{PICTURES}a.png", b"x", media_type="image/png"))
    assert asyncio.run(cleaned(store, dry_run=False, now=store.now + timedelta(hours=2))).orphans == 1
