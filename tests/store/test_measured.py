"""What is told of a store's operations: a failure is the store's own, not its caller's."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.directory import DirectoryStore
from gateway.store.measured import MeasuredStore
from gateway.store.store import Changed, TooLarge


class Told(list[tuple[str, str]]):
    def __call__(self, operation: str, result: str, seconds: float) -> None:
        assert seconds >= 0
        self.append((operation, result))


class Broken:
    """A store of which every read ends so."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def get(self, name: str) -> None:
        raise self._error


def test_how_operations_end(tmp_path: Path) -> None:
    inner, told = DirectoryStore(tmp_path, 1_000_000), Told()
    inner.open()
    store = MeasuredStore(inner, told)

    async def work() -> None:
        await store.put("results/a", b"body", media_type="text/plain")
        assert await store.get("results/b") is None
        with pytest.raises(Changed):
            await store.put("results/a", b"other", media_type="text/plain", generation=0)

    asyncio.run(work())
    inner.close()
    assert told == [("put", "ok"), ("get", "absent"), ("put", "changed")]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        pytest.param(StoreUnavailable("The store does not answer."), "failed", id="away"),
        pytest.param(TooLarge(5), "refused", id="too large"),
        pytest.param(asyncio.CancelledError(), "abandoned", id="client gone"),
    ],
)
def test_whose_fault_it_was(error: BaseException, result: str) -> None:
    told = Told()
    broken: Any = Broken(error)
    with pytest.raises(type(error)):
        asyncio.run(MeasuredStore(broken, told).get("name"))
    assert told == [("get", result)]
