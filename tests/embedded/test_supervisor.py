import asyncio
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import psutil
import pytest
import tritonclient.grpc as client

from gateway.embedded import (
    EmbeddedConfig,
    EmbeddedTriton,
    ModelFileError,
    ModelLoadError,
    PortTakenError,
    StartError,
    State,
    embedded_triton,
)
from gateway.embedded.supervisor import pause_seconds
from tests.standin import graph

RECOVERY_SECONDS = 10
GIVING_UP_SECONDS = 20
"""A second or two on an idle machine; a start that hangs takes 60."""


def config(repository: Path, **changes: float) -> EmbeddedConfig:
    return EmbeddedConfig(repository, ("standin",), os.environ, **{"stop_seconds": 1.0, **changes})  # type: ignore[arg-type]


async def start(repository: Path, **changes: float) -> None:
    async with embedded_triton(config(repository, **changes)) as triton:
        await triton.ready()


def infer(triton: EmbeddedTriton) -> np.ndarray:
    image = client.InferInput("image", [1, 64, 64, 3], "UINT8")
    image.set_data_from_numpy(np.zeros((1, 64, 64, 3), np.uint8))
    with client.InferenceServerClient(triton.grpc_address) as connection:
        return connection.infer("standin", [image], client_timeout=10).as_numpy("alpha")


def test_when_ready_it_answers_and_afterwards_it_is_gone(repository: Path) -> None:
    async def run() -> None:
        async with embedded_triton(config(repository)) as triton:
            assert triton.state == State.STARTING
            await triton.ready()
            assert (triton.state, triton.reason) == (State.READY, "")
            assert infer(triton).shape == (1, 64, 64)
        assert (triton.state, triton.pid) == (State.STOPPED, None)
        with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port_of(triton)), 1):
            pass

    asyncio.run(run())


def port_of(triton: EmbeddedTriton) -> int:
    return int(triton.grpc_address.rpartition(":")[2])


def kill_server(triton: EmbeddedTriton) -> None:
    assert triton.pid is not None
    os.kill(triton.pid, signal.SIGKILL)


def kill_stub(triton: EmbeddedTriton) -> None:
    [stub] = psutil.Process(triton.pid).children()
    stub.kill()


@pytest.mark.parametrize(
    ("kill", "reason"),
    [
        pytest.param(kill_server, "Triton was ended by SIGKILL", id="tritonserver"),
        pytest.param(kill_stub, "a model instance of Triton .* crashed", id="a stub, which Triton does not notice"),
    ],
)
def test_after_a_crash_it_serves_again_at_the_same_address(
    kill: Callable[[EmbeddedTriton], None], reason: str, repository: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with embedded_triton(config(repository)) as triton:
            await triton.ready()
            address, begin = triton.grpc_address, time.monotonic()
            kill(triton)
            await until(lambda: triton.state == State.RESTARTING)
            await until(lambda: triton.state == State.READY)
            assert time.monotonic() - begin < RECOVERY_SECONDS
            assert (triton.grpc_address, triton.restarts) == (address, 1)
            assert infer(triton).shape == (1, 64, 64)

    asyncio.run(run())
    assert re.search(rf"WARNING .*{reason}; starting it again", caplog.text)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(RECOVERY_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def rename_output(path: Path) -> None:
    onnx.save(graph(alpha_name="mask"), path)


def resize(path: Path) -> None:
    onnx.save(graph(32), path)


def fix_batch(path: Path) -> None:
    model = graph()
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        pytest.param(Path.unlink, ModelFileError, "is missing", id="missing"),
        pytest.param(lambda path: path.write_bytes(b""), ModelFileError, "is empty", id="empty"),
        pytest.param(truncate, ModelLoadError, "cannot be loaded", id="corrupt"),
        pytest.param(rename_output, ModelLoadError, "does not match its config.pbtxt.*mask", id="another output"),
        pytest.param(
            resize, ModelLoadError, r"\[-1, 32, 32, 3\].* in the graph, .*\[-1, 64, 64, 3\]", id="another size"
        ),
        pytest.param(
            fix_batch, ModelLoadError, r"\[1, 64, 64, 3\].* in the graph, .*\[-1, 64, 64, 3\]", id="no batches"
        ),
    ],
)
def test_a_bad_model_ends_the_start_within_seconds_and_is_named(
    damage: Callable[[Path], object], error: type[Exception], message: str, repository: Path
) -> None:
    path = repository / "standin" / "1" / "model.onnx"
    damage(path)
    begin = time.monotonic()
    with pytest.raises(error, match=rf"{path}.*{message}"):
        asyncio.run(start(repository))
    assert time.monotonic() - begin < GIVING_UP_SECONDS


def test_a_configuration_triton_cannot_read_ends_the_start(repository: Path) -> None:
    (repository / "standin" / "config.pbtxt").write_text("name: {")
    with pytest.raises(StartError, match=r"config\.pbtxt"):
        asyncio.run(start(repository))


def test_a_start_that_takes_too_long_ends(repository: Path) -> None:
    with pytest.raises(StartError, match=r"not ready within 0\.05 s"):
        asyncio.run(start(repository, start_seconds=0.05))


def test_a_port_in_use_is_named(repository: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"gRPC port {port}"):
            asyncio.run(start(repository, grpc_port=port))


def test_pauses_double_up_to_a_limit() -> None:
    assert [pause_seconds(failures) for failures in (1, 2, 3, 7, 100)] == [0.1, 0.2, 0.4, 5.0, 5.0]
