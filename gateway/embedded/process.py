"""One tritonserver process and its stubs: started, watched, ended as a group."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from gateway.embedded.errors import StartError
from gateway.embedded.log import TritonLog
from gateway.embedded.stubs import dead_stubs

_LAUNCHER = Path(__file__).with_name("launch.py")
_LINE_BYTES = 1 << 20
_STUB_CHECK_SECONDS = 0.5
_EXIT_CHECK_SECONDS = 0.05


class TritonProcess:
    """A running tritonserver; `pid` is also its process group, which its stubs share."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def ended(self) -> str:
        """Wait until it no longer serves and return why: it ended, or one of its stubs crashed."""
        stub_crash = asyncio.create_task(self._stub_crash())
        end = asyncio.create_task(self._exit())
        try:
            await asyncio.wait((stub_crash, end), return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                return _exit_text(end.result())
            # Nothing is gained by asking: Triton would wait for the crashed stub until its time is up.
            self.kill()
            return stub_crash.result()
        finally:
            stub_crash.cancel()
            end.cancel()

    async def _exit(self) -> int:
        # Not Process.wait: that also waits for the output to end, which a stub stuck in a long run keeps open.
        while (code := self._process.returncode) is None:
            await asyncio.sleep(_EXIT_CHECK_SECONDS)
        return code

    async def _stub_crash(self) -> str:
        # Seen twice: a stub that Triton is just unloading is a zombie for a moment too.
        seen: set[int] = set()
        while not (crashed := seen & (seen := dead_stubs(self.pid))):
            await asyncio.sleep(_STUB_CHECK_SECONDS)
        return f"a model instance of Triton (process {min(crashed)}) crashed"

    def kill(self) -> None:
        """Kill tritonserver and all its stubs at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    async def stop(self, seconds: float) -> None:
        """Let it finish for at most `seconds`, then kill whatever is left of the group."""
        try:
            with suppress(ProcessLookupError, TimeoutError):
                self._process.terminate()
                async with asyncio.timeout(seconds):
                    await self._exit()
        finally:
            self.kill()
            await self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()  # the launcher's guard ends with it


def _exit_text(code: int) -> str:
    return f"Triton was ended by {signal.Signals(-code).name}" if code < 0 else f"Triton ended with status {code}"


@asynccontextmanager
async def triton_process(
    command: list[str], environment: dict[str, str], log: TritonLog, stop_seconds: float
) -> AsyncIterator[TritonProcess]:
    """Run `command` while the context lasts, its output going to `log`. Raises StartError when it cannot be started."""
    try:
        # A session of its own: Ctrl-C in the terminal reaches the gateway alone, which ends Triton in order.
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_LAUNCHER), *command,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=_LINE_BYTES,
        )  # fmt: skip
    except OSError as error:
        raise StartError(f"Triton could not be started: {error}") from error
    process = TritonProcess(child)
    pump = asyncio.create_task(_pump(child.stdout, log))
    try:
        yield process
    finally:
        await process.stop(stop_seconds)
        await pump


async def _pump(output: asyncio.StreamReader | None, log: TritonLog) -> None:
    if output is None:
        return
    while True:
        try:
            line = await output.readline()
        except ValueError:  # a line beyond the limit, already dropped by the reader
            continue
        if not line:
            return
        log.feed(line.decode(errors="replace").rstrip())
