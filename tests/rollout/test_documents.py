"""The plan in the store, changed by several at once, and what instances tell."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailable
from gateway.rollout import changes
from gateway.rollout.documents import Documents, Kept
from gateway.rollout.plan import Plan, PlanError, encoded
from gateway.rollout.report import Report
from gateway.store.directory import DirectoryStore
from gateway.store.store import Changed, Info, Object, Store
from tests.rollout.plans import ANNA, MODEL, NOON, idle, rolling
from tests.store.memory import MemoryStore

PLAN = f"rollout/{MODEL}/plan"
BEN = changes.Actor("ben", NOON, "more")


class Slow(MemoryStore):
    """Others come between a look and what follows it."""

    async def get(self, name: str) -> Object | None:
        found = await super().get(name)
        await asyncio.sleep(0)
        return found


@pytest.fixture
def memory() -> MemoryStore:
    return Slow()


@pytest.fixture(params=["memory", "directory"])
def store(request: pytest.FixtureRequest, memory: MemoryStore, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield memory
        return
    store = DirectoryStore(tmp_path / "store", 10**6)
    store.open()
    yield store
    store.close()


def put(store: Store, body: bytes, name: str = PLAN) -> None:
    asyncio.run(store.put(name, body, media_type="application/json"))


def shadowed(plan: Plan | None, rate: float = 0.5) -> Plan:
    assert plan is not None
    return changes.shadowed(plan, rate, ANNA)


def weighted(plan: Plan | None, weight: int = 50) -> Plan:
    assert plan is not None
    return changes.weighted(plan, weight, BEN)


def report(instance: str, at: datetime = NOON) -> Report:
    return Report(instance=instance, at=at, every=5, begun=None, loaded=(1,))


def test_at_first_there_is_none(store: Store) -> None:
    documents = Documents(store, MODEL)
    assert asyncio.run(documents.read()) == Kept(None, 0)
    assert asyncio.run(documents.told()) == ()


def test_what_is_made_is_read_by_others(store: Store) -> None:
    made = asyncio.run(Documents(store, MODEL).change(lambda _: rolling()))
    assert made.generation > 0
    assert asyncio.run(Documents(store, MODEL).read()) == made
    assert asyncio.run(Documents(store, "another").read()) == Kept(None, 0)


def test_what_has_not_changed_is_not_read_again(memory: MemoryStore) -> None:
    documents = Documents(memory, MODEL)
    made = asyncio.run(documents.change(lambda _: rolling()))
    memory.objects[PLAN] = Object(memory.objects[PLAN].info, b"never looked at")
    assert asyncio.run(documents.read(made)) is made
    put(memory, encoded(weighted(made.plan)))
    assert asyncio.run(documents.read(made)).plan == weighted(made.plan)


def test_a_plan_that_is_gone_is_none(store: Store) -> None:
    documents = Documents(store, MODEL)
    made = asyncio.run(documents.change(lambda _: rolling()))
    asyncio.run(store.delete(PLAN))
    assert asyncio.run(documents.read(made)) == Kept(None, 0)


def test_of_two_who_saw_the_same_plan_one_is_told(store: Store) -> None:
    one, other = Documents(store, MODEL), Documents(store, MODEL)

    async def scenario() -> list[Any]:
        seen = (await one.change(lambda _: rolling())).generation
        return await asyncio.gather(one.change(shadowed, seen), other.change(weighted, seen), return_exceptions=True)

    found = asyncio.run(scenario())
    (kept,) = [each for each in found if isinstance(each, Kept)]
    assert [type(each) for each in found if each is not kept] == [Changed]
    assert asyncio.run(one.read()) == kept
    assert kept.plan is not None and len(kept.plan.history) == 3


def test_of_two_who_begin_one_is_told(store: Store) -> None:
    async def scenario() -> list[Any]:
        return await asyncio.gather(
            *(Documents(store, MODEL).change(lambda _: idle(), 0) for _ in range(2)), return_exceptions=True
        )

    assert {type(each) for each in asyncio.run(scenario())} == {Kept, Changed}


def test_who_does_not_care_loses_nothing(store: Store) -> None:
    makes: list[Callable[[Plan | None], Plan]] = [
        shadowed, weighted, partial(shadowed, rate=0.25), partial(weighted, weight=75)
    ]  # fmt: skip

    async def scenario() -> Plan | None:
        await Documents(store, MODEL).change(lambda _: rolling())
        await asyncio.gather(*(Documents(store, MODEL).change(make) for make in makes))
        return (await Documents(store, MODEL).read()).plan

    plan = asyncio.run(scenario())
    assert plan is not None
    assert sorted(each.what for each in plan.history) == ["made", "shadow", "shadow", "started", "weight", "weight"]
    assert {each.weight for each in plan.history if each.what == "weight"} == {50, 75}


def test_who_is_always_too_late_is_told() -> None:
    class Taken(MemoryStore):
        async def put(self, *args: Any, **kwargs: Any) -> Info:
            raise Changed

    with pytest.raises(Changed):
        asyncio.run(Documents(Taken(), MODEL).change(lambda _: idle()))


def test_another_generation_is_not_even_tried(store: Store) -> None:
    documents = Documents(store, MODEL)
    made = asyncio.run(documents.change(lambda _: rolling()))

    def never(plan: Plan | None) -> Plan:
        raise AssertionError(plan)

    with pytest.raises(Changed):
        asyncio.run(documents.change(never, made.generation + 1))


def test_what_the_plan_refuses_changes_nothing(store: Store) -> None:
    documents = Documents(store, MODEL)
    made = asyncio.run(documents.change(lambda _: rolling()))
    with pytest.raises(PlanError, match="is being rolled out"):
        asyncio.run(documents.change(lambda plan: changes.started(plan or idle(), 3, changes.Course((1,)), BEN)))
    assert asyncio.run(documents.read()) == made


def test_nothing_is_stored_that_could_not_be_read(store: Store) -> None:
    documents = Documents(store, MODEL)
    with pytest.raises(PlanError, match="hold_seconds"):
        asyncio.run(documents.change(lambda _: rolling(hold_seconds=-1)))
    assert asyncio.run(documents.read()) == Kept(None, 0)


@pytest.mark.parametrize("body", [b"", b"{", encoded(rolling()).replace(b'"format":1', b'"format":2')])
def test_a_damaged_plan_is_neither_read_nor_replaced(store: Store, body: bytes) -> None:
    put(store, body)
    documents = Documents(store, MODEL)
    for attempt in (documents.read, partial(documents.change, lambda _: idle())):
        with pytest.raises(PlanError, match="the plan is damaged"):
            asyncio.run(attempt())
    found = asyncio.run(store.get(PLAN))
    assert found is not None and found.body == body


def test_without_the_store_nothing_is_said_to_be_done(memory: MemoryStore) -> None:
    documents = Documents(memory, MODEL)
    made = asyncio.run(documents.change(lambda _: rolling()))
    memory.away = True
    attempts: list[Callable[[], Awaitable[object]]] = [
        documents.read,
        partial(documents.read, made),
        partial(documents.change, shadowed),
        partial(documents.tell, report("a")),
        documents.told,
    ]

    async def scenario() -> None:
        for attempt in attempts:
            with pytest.raises(StoreUnavailable):
                await attempt()

    asyncio.run(scenario())


def test_each_instance_tells_in_its_own_place(store: Store) -> None:
    documents, now = Documents(store, MODEL), datetime.now(UTC)

    async def scenario() -> tuple[Report, ...]:
        for told in (report("a", now), report("b", now), report("a", now + timedelta(seconds=5))):
            await documents.tell(told)
        await Documents(store, "another").tell(report("c", now))
        return await documents.told()

    assert asyncio.run(scenario()) == (report("a", now + timedelta(seconds=5)), report("b", now))


def test_what_was_told_is_forgotten_after_an_hour(memory: MemoryStore) -> None:
    memory.now, documents = NOON, Documents(memory, MODEL)
    asyncio.run(documents.tell(report("a")))
    memory.now = NOON + timedelta(minutes=59)
    assert len(asyncio.run(documents.told())) == 1
    memory.now = NOON + timedelta(minutes=61)
    assert asyncio.run(documents.told()) == ()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"instance": "\xff"}', b'{"instance": "b", "mood": "good"}'])
def test_a_report_that_cannot_be_read_hides_no_other(store: Store, body: bytes) -> None:
    documents, now = Documents(store, MODEL), datetime.now(UTC)
    asyncio.run(documents.tell(report("a", now)))
    put(store, body, f"rollout/{MODEL}/instances/b")
    with capture_logs() as logs:
        assert asyncio.run(documents.told()) == (report("a", now),)
    assert [each["event"] for each in logs] == ["an instance's report cannot be read"]
