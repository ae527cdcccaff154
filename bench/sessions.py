"""Sessions in a folder: `scripts/bench sessions [--sessions 10000]`: stored, shown and moved, 32 at a time, nothing listed."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway.customers.anew import Written
from gateway.customers.cleaning import cleaned
from gateway.customers.sessions import Sessions
from gateway.store.directory import DirectoryStore

AT_ONCE = 32
PICTURE = Written(bytes(20_000), "image/jpeg", "jpg")


async def timed(title: str, count: int, work: Callable[[int], Awaitable[object]]) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            await work(number)

    begin = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(count)))
    spent = time.perf_counter() - begin
    print(f"{title:10}{spent:8.1f} s {count / spent:8.0f}/s")


async def measure(folder: Path, count: int) -> None:
    store = DirectoryStore(folder / "store", 10**9)
    store.open()
    sessions = Sessions(store)
    await timed("stored", count, lambda n: sessions.add("shop", f"s{n}", [(PICTURE, "original", {})]))
    await timed("shown", count, lambda n: sessions.get("shop", f"s{n}"))
    await timed("moved", count, lambda n: sessions.move("shop", f"s{n}", "order_pending"))
    begin = time.perf_counter()
    found = await cleaned(store, dry_run=True)
    print(f"cleaned   {time.perf_counter() - begin:8.1f} s {found}")
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), options.sessions))


if __name__ == "__main__":
    main()
