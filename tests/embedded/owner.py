"""Owns an embedded Triton until a signal ends it: `owner.py REPOSITORY MODEL`. Prints tritonserver's pid when ready."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from gateway.embedded import EmbeddedConfig, embedded_triton


async def own(repository: Path, model: str) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with embedded_triton(EmbeddedConfig(repository, (model,), os.environ, stop_seconds=3)) as triton:
        await triton.ready()
        print(triton.pid, flush=True)
        await ended.wait()


asyncio.run(own(Path(sys.argv[1]), sys.argv[2]))
