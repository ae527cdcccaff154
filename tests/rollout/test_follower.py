"""What one instance knows of the plan."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from gateway.rollout import changes
from gateway.rollout.documents import Documents
from gateway.rollout.follower import Follower
from gateway.rollout.plan import Plan
from gateway.rollout.routing import Route
from gateway.store.store import Changed, Object
from tests.rollout.plans import ANNA, MODEL, idle, later, rolling
from tests.store.memory import MemoryStore

PLAN = f"rollout/{MODEL}/plan"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def follower(store: MemoryStore) -> Follower:
    return Follower(Documents(store, MODEL), MODEL)


def write(store: MemoryStore, plan: Plan) -> None:
    """As another instance does."""
    asyncio.run(Documents(store, MODEL).change(lambda _: plan))


def look(follower: Follower) -> tuple[bool, list[str]]:
    """Whether there was news, and what was logged."""
    with capture_logs() as logs:
        found = asyncio.run(follower.look())
    return found, [each["event"] for each in logs]


def test_at_first_nothing_is_known(follower: Follower) -> None:
    assert (follower.kept, follower.plan) == (None, None)
    look(follower)
    assert follower.kept is not None and follower.plan is None


def test_a_plan_is_followed(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling())
    assert look(follower) == (True, ["rollout: started"])
    assert look(follower) == (False, [])
    assert follower.plan == rolling()


def test_the_last_plan_holds_while_the_store_is_away(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling(weight=25))
    look(follower)
    store.away = True
    assert look(follower) == (False, ["the rollout's plan cannot be read; the last one holds"])
    assert look(follower) == (False, [])  # it is said once
    assert follower.plan == rolling(weight=25)
    store.away = False
    assert look(follower) == (False, [])
    store.away = True
    assert len(look(follower)[1]) == 1  # it was back meanwhile


def test_the_last_plan_holds_while_the_document_is_damaged(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling())
    look(follower)
    asyncio.run(store.put(PLAN, b"{", media_type="application/json"))
    assert len(look(follower)[1]) == 1
    assert look(follower)[1] == []
    assert follower.plan == rolling()
    store.away = True
    assert len(look(follower)[1]) == 1  # another reason is said, too
    store.away = False
    asyncio.run(store.delete(PLAN))
    write(store, rolling(weight=5))
    assert look(follower)[0]
    assert follower.plan == rolling(weight=5)


def test_the_last_plan_holds_when_it_is_gone_from_the_store(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling(weight=25))
    look(follower)
    asyncio.run(store.delete(PLAN))
    assert look(follower)[1] == ["the rollout's plan cannot be read; the last one holds"]
    assert look(follower)[1] == []
    assert follower.plan == rolling(weight=25)
    assert follower.kept is not None
    asyncio.run(follower.change(back, follower.kept.generation))
    assert (
        asyncio.run(Documents(store, MODEL).read()).plan
        == follower.plan
        == changes.rolled_back(rolling(weight=25), ANNA)
    )


def back(plan: Plan | None) -> Plan:
    assert plan is not None
    return changes.rolled_back(plan, ANNA)


def test_who_begins_while_the_store_is_away_knows_of_no_plan(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling())
    store.away = True
    assert look(follower)[1] == ["the rollout's plan cannot be read; it is asked for again"]
    assert (follower.kept, follower.route(MODEL, "anna")) == (None, Route())
    store.away = False
    look(follower)
    assert follower.plan == rolling()


def test_all_that_was_missed_is_told_once_and_in_order(store: MemoryStore, follower: Follower) -> None:
    write(store, idle())
    look(follower)
    plan = changes.rolled_back(rolling(weight=25), replace(ANNA, at=later(-5)))  # by a clock that is slow
    write(store, plan)
    expected = ["started", "stepped", "stepped", "stepped", "rolled back"]
    assert look(follower)[1] == [f"rollout: {what}" for what in expected]
    assert look(follower)[1] == []


def test_an_event_names_who_did_it_and_why(store: MemoryStore, follower: Follower) -> None:
    write(store, changes.weighted(rolling(), 30, changes.Actor("ben", later(9), "looks well")))
    with capture_logs() as logs:
        asyncio.run(follower.look())
    (event,) = logs
    assert {name: event[name] for name in ("model", "version", "weight", "by", "why")} == {
        "model": MODEL, "version": 2, "weight": 30, "by": "ben", "why": "looks well"
    }  # fmt: skip


def test_of_what_was_missed_for_long_all_that_is_known_is_told(store: MemoryStore, follower: Follower) -> None:
    write(store, idle())
    look(follower)
    plan = rolling()
    for number in range(250):
        plan = changes.weighted(plan, number % 100, replace(ANNA, at=later(number)))
    write(store, plan)
    assert len(look(follower)[1]) == len(plan.history)


def test_its_own_change_is_known_at_once_and_told_once(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling())
    look(follower)
    with capture_logs() as logs:
        kept = asyncio.run(follower.change(lambda plan: changes.shadowed(plan or idle(), 0.5, ANNA), None))
    assert follower.kept is kept
    assert [each["event"] for each in logs] == ["rollout: shadow"]
    assert look(follower) == (False, [])


def test_what_was_refused_changes_nothing(store: MemoryStore, follower: Follower) -> None:
    write(store, rolling())
    look(follower)
    before = follower.kept
    with pytest.raises(Changed):
        asyncio.run(follower.change(lambda plan: plan or idle(), 77))
    assert follower.kept is before


def test_a_look_that_began_before_a_change_does_not_undo_it() -> None:
    class Slow(MemoryStore):
        gate: asyncio.Event | None = None

        async def get(self, name: str) -> Object | None:
            found = await super().get(name)
            if self.gate is not None:
                await self.gate.wait()
            return found

    async def scenario() -> Plan | None:
        store = Slow()
        follower = Follower(Documents(store, MODEL), MODEL)
        await follower.change(lambda _: rolling(), None)
        await Documents(store, MODEL).change(lambda plan: changes.weighted(plan or idle(), 30, ANNA))
        store.gate = asyncio.Event()
        looking = asyncio.create_task(follower.look())
        changing = asyncio.create_task(follower.change(lambda plan: changes.weighted(plan or idle(), 60, ANNA), None))
        await asyncio.sleep(0.01)
        store.gate.set()
        await asyncio.gather(looking, changing)
        return follower.plan

    plan = asyncio.run(scenario())
    assert plan is not None and plan.weight == 60


def test_routes_are_those_of_the_plan_and_of_its_model(store: MemoryStore, follower: Follower) -> None:
    assert follower.route(MODEL, "anna") == Route()
    write(store, changes.weighted(rolling(), 100, ANNA))
    look(follower)
    assert follower.route(MODEL, "anna") == Route("2", "1")
    assert follower.route("another", "anna") == Route()
