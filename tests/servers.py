"""Real servers for tests, on free loopback ports."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.embedded import EmbeddedConfig, EmbeddedTriton, embedded_triton

START_SECONDS = 60.0
TRITON_KEY = "cutout-key=that-of-all-tests"


@contextmanager
def running_triton(repository: Path, *models: str, preload: bool = True) -> Iterator[EmbeddedTriton]:
    """Yield a Triton that is ready with `models` of `repository`, or for them to be loaded; stop it at the end.

    Its event loop runs in a thread, so that plain test functions and session fixtures can use it. Raises what the
    embedded Triton raises when it does not start.
    """
    config = EmbeddedConfig(
        repository,
        models,
        os.environ,
        start_seconds=START_SECONDS,
        stop_seconds=3.0,
        key=TRITON_KEY.partition("=")[2],
        preload=lambda: preload,
    )
    with _event_loop() as loop:
        context = embedded_triton(config)
        triton = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(START_SECONDS)
        try:
            asyncio.run_coroutine_threadsafe(triton.ready(), loop).result(2 * START_SECONDS)
            yield triton
        finally:
            asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(START_SECONDS)


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        thread = threading.Thread(target=loop.run_forever, name="servers")
        thread.start()
        try:
            yield loop
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
