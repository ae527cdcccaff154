"""What every store does: one suite, run on each of them."""

import asyncio
import hashlib
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store.store import Changed, Info, Object, Store, TooLarge

T = TypeVar("T")
TEXT = "text/plain"
PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)


def run(work: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(60):
            return await work

    return asyncio.run(bounded())


def put(store: Store, name: str, body: bytes = b"body", **options: Any) -> Info:
    return run(store.put(name, body, **({"media_type": TEXT} | options)))


@pytest.mark.parametrize("name", ["a", "a/b/c.png", "A-1_b.c", "x" * 200, "/".join(["long"] * 180)])
@pytest.mark.parametrize("body", [b"", b"body", bytes(range(256)) * 5000], ids=["empty", "text", "megabyte"])
def test_what_is_put_is_got(store: Store, name: str, body: bytes) -> None:
    metadata = {"effect": "popart", "text": "Müller, ☃ \n"}
    info = put(store, name, body, expires=FUTURE, metadata=metadata, media_type="image/png")
    assert (info.name, info.size, info.media_type, info.expires) == (name, len(body), "image/png", FUTURE)
    assert info.digest == hashlib.sha256(body).hexdigest()
    assert info.generation > 0
    assert abs(info.created - datetime.now(UTC)) < timedelta(minutes=2)
    assert dict(info.metadata) == metadata
    found = run(store.get(name))
    assert found == Object(info, body)
    assert run(store.head(name)) == info


def test_where_nothing_is_there_is_none(store: Store) -> None:
    put(store, "a/b")
    for name in ("a", "a/b/c", "b", "a/bb"):
        assert run(store.get(name)) is None
        assert run(store.head(name)) is None
        assert run(store.copy(name, "target")) is None
        assert not run(store.delete(name))


def test_an_object_and_others_below_its_name(store: Store) -> None:
    for name in ("a/b", "a", "a/b/c", "a/b.c"):
        put(store, name, name.encode())
    for name in ("a/b", "a", "a/b/c", "a/b.c"):
        found = run(store.get(name))
        assert found is not None
        assert found.body == name.encode()


def test_replacing_gives_another_generation(store: Store) -> None:
    infos = [put(store, "a", body) for body in (b"one", b"two", b"three")]
    assert len({info.generation for info in infos}) == 3
    found = run(store.get("a"))
    assert found == Object(infos[-1], b"three")


def test_create_once(store: Store) -> None:
    put(store, "a", b"first", generation=0)
    with pytest.raises(Changed):
        put(store, "a", b"second", generation=0)
    found = run(store.get("a"))
    assert found is not None
    assert found.body == b"first"


def test_of_twenty_who_create_one_succeeds(store: Store) -> None:
    async def scenario() -> list[Info | BaseException]:
        puts = (store.put("a", str(n).encode(), media_type=TEXT, generation=0) for n in range(20))
        return await asyncio.gather(*puts, return_exceptions=True)

    results = run(scenario())
    (made,) = (each for each in results if isinstance(each, Info))
    assert sum(isinstance(each, Changed) for each in results) == 19
    assert run(store.head("a")) == made


def test_compare_and_set(store: Store) -> None:
    first = put(store, "a", b"first")
    second = put(store, "a", b"second", generation=first.generation)
    with pytest.raises(Changed):
        put(store, "a", b"third", generation=first.generation)
    with pytest.raises(Changed):
        put(store, "none", b"third", generation=first.generation)
    with pytest.raises(Changed):
        run(store.delete("a", generation=first.generation))
    assert run(store.delete("a", generation=second.generation))
    assert run(store.get("a")) is None


def test_no_count_is_lost(store: Store) -> None:
    put(store, "count", b"0")

    async def count() -> None:
        for _ in range(5):
            while True:
                found = await store.get("count")
                assert found is not None
                body = str(int(found.body) + 1).encode()
                try:
                    await store.put("count", body, media_type=TEXT, generation=found.info.generation)
                    break
                except Changed:
                    continue

    async def scenario() -> None:
        await asyncio.gather(*(count() for _ in range(6)))

    run(scenario())
    found = run(store.get("count"))
    assert found is not None
    assert found.body == b"30"


def test_what_has_expired_is_not_there(store: Store) -> None:
    put(store, "a/dead", expires=PAST)
    put(store, "a/live", expires=FUTURE)
    assert run(store.get("a/dead")) is None
    assert run(store.head("a/dead")) is None
    assert run(store.copy("a/dead", "b")) is None
    assert not run(store.delete("a/dead"))
    assert [info.name for info in run(store.list("a/"))] == ["a/live"]
    put(store, "a/dead", b"again", generation=0)
    found = run(store.get("a/dead"))
    assert found is not None
    assert found.body == b"again"


def test_deleting(store: Store) -> None:
    put(store, "a")
    assert run(store.delete("a"))
    assert not run(store.delete("a"))
    assert run(store.head("a")) is None
    put(store, "a", generation=0)


def test_copying(store: Store) -> None:
    made = put(store, "a", b"body", metadata={"m": "1"}, media_type="image/png", expires=FUTURE)
    put(store, "b", b"replaced")
    copied = run(store.copy("a", "b", expires=FUTURE + timedelta(days=1)))
    assert copied is not None
    assert (copied.name, copied.media_type, dict(copied.metadata)) == ("b", "image/png", {"m": "1"})
    assert (copied.digest, copied.expires) == (made.digest, FUTURE + timedelta(days=1))
    assert run(store.get("b")) == Object(copied, b"body")
    assert run(store.get("a")) == Object(made, b"body")


def test_extending(store: Store) -> None:
    assert run(store.extend("a", expires=FUTURE)) is None
    soon = datetime.now(UTC) + timedelta(hours=1)
    made = put(store, "a", b"body", expires=soon, media_type="image/png", metadata={"m": "1"})
    extended = run(store.extend("a", expires=FUTURE))
    assert extended == replace(made, expires=FUTURE)
    assert run(store.get("a")) == Object(extended, b"body")
    put(store, "a", b"again", generation=made.generation)


def test_extending_never_shortens(store: Store) -> None:
    for name, expires in (("a", FUTURE), ("b", None)):
        made = put(store, name, expires=expires)
        assert run(store.extend(name, expires=FUTURE - timedelta(days=1))) == made
        assert run(store.head(name)) == made


def test_what_has_expired_is_not_extended(store: Store) -> None:
    put(store, "dead", expires=PAST)
    assert run(store.extend("dead", expires=FUTURE)) is None


def test_of_many_who_extend_the_longest_counts(store: Store) -> None:
    put(store, "a", expires=datetime.now(UTC) + timedelta(hours=1))
    days = [3, 9, 1, 7, 10, 2, 8]

    async def scenario() -> None:
        await asyncio.gather(*(store.extend("a", expires=FUTURE + timedelta(days=each)) for each in days))

    run(scenario())
    found = run(store.head("a"))
    assert found is not None
    assert found.expires == FUTURE + timedelta(days=10)


def test_what_was_received(store: Store) -> None:
    assert run(store.received("a", most=4)) is None
    put(store, "a", b"body", media_type="image/png", expires=FUTURE)
    found = run(store.received("a", most=4))
    assert found is not None
    assert (found.body, found.info.media_type, found.info.size) == (b"body", "image/png", 4)
    assert found.info.digest == hashlib.sha256(b"body").hexdigest()
    with pytest.raises(TooLarge) as error:
        run(store.received("a", most=3))
    assert error.value.size == 4


NAMES = ["a", "a-b", "a.b", "a/b", "a/b/c", "a/c", "ab", "b/a", "b/b", "c"]


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "a/b/", "b/", "c", "d", "a-"])
@pytest.mark.parametrize("after", ["", "a", "a/b", "ab", "zz"])
@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_listing(store: Store, prefix: str, after: str, limit: int) -> None:
    for name in reversed(NAMES):
        put(store, name)
    expected = [name for name in sorted(NAMES) if name.startswith(prefix) and name > after][:limit]
    assert [info.name for info in run(store.list(prefix, after=after, limit=limit))] == expected


def test_listing_in_pages(store: Store) -> None:
    names = [f"page/{number:03}" for number in range(25)]
    for name in names:
        put(store, name)
    found: list[str] = []
    while page := run(store.list("page/", after=found[-1] if found else "", limit=7)):
        found += [info.name for info in page]
    assert found == names


@pytest.mark.parametrize(
    "name", ["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a/.b", ".a", "a b", "ä", "a\n", "a\\b", "x" * 901, "a~"]
)
def test_names_that_are_none(store: Store, name: str) -> None:
    if type(store).__name__ == "MemoryStore":
        return
    with pytest.raises(ValueError, match="no object's name"):
        put(store, name)
    with pytest.raises(ValueError, match="no object's name"):
        run(store.get(name))


steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "create", "delete", "copy", "expire"]),
        st.sampled_from(["m/a", "m/b", "m/a/c"]),
        st.sampled_from(["m/a", "m/b", "m/a/c"]),
        st.binary(max_size=8),
    ),
    max_size=12,
)


@given(steps)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_behaves_as_a_dictionary(store: Store, steps: list[tuple[str, str, str, bytes]]) -> None:
    model: dict[str, bytes] = {}

    async def scenario() -> None:
        for info in await store.list("m/"):
            await store.delete(info.name)
        for action, name, other, body in steps:
            if action == "put":
                await store.put(name, body, media_type=TEXT)
                model[name] = body
            elif action == "expire":
                await store.put(name, body, media_type=TEXT, expires=PAST)
                model.pop(name, None)
            elif action == "delete":
                assert await store.delete(name) == (model.pop(name, None) is not None)
            elif action == "copy":
                assert (await store.copy(name, other) is not None) == (name in model)
                if name in model:
                    model[other] = model[name]
            else:
                try:
                    await store.put(name, body, media_type=TEXT, generation=0)
                    assert name not in model
                    model[name] = body
                except Changed:
                    assert name in model
        found = {info.name: (await store.get(info.name)) for info in await store.list("m/")}
        assert {name: each.body for name, each in found.items() if each is not None} == model

    run(scenario())
