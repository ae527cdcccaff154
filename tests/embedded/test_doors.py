"""Who may ask the embedded Triton for what: everybody for a mask, nobody without the key for what changes it."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
import tritonclient.grpc as client

from gateway.embedded import EmbeddedConfig, EmbeddedTriton
from tests.servers import TRITON_KEY, running_triton
from tests.standin import write_model

MODEL = "standin"
NAME, _, VALUE = TRITON_KEY.partition("=")
Call = Callable[[client.InferenceServerClient, dict[str, str]], Any]

# Of those that answer something on any Triton; a region that does not exist is a refusal of another kind.
CONTROLS: dict[str, Call] = {
    "index": lambda triton, headers: triton.get_model_repository_index(headers=headers),
    "load": lambda triton, headers: triton.load_model(MODEL, headers=headers),
    "load what the caller brings": lambda triton, headers: triton.load_model(
        MODEL, config="{}", files={"file:1/model.onnx": b""}, headers=headers
    ),
    "unload": lambda triton, headers: triton.unload_model("nobody", headers=headers),
    "shared memory": lambda triton, headers: triton.register_system_shared_memory("mine", "/mine", 1, headers=headers),
    "shared memory's list": lambda triton, headers: triton.get_system_shared_memory_status(headers=headers),
    "GPU memory's list": lambda triton, headers: triton.get_cuda_shared_memory_status(headers=headers),
    "trace": lambda triton, headers: triton.update_trace_settings(
        settings={"trace_file": "/tmp/mine"}, headers=headers
    ),
    "log": lambda triton, headers: triton.update_log_settings({"log_file": "/tmp/mine"}, headers=headers),
}
PATHS = [
    ("POST", "/v2/repository/index"),
    ("POST", f"/v2/repository/models/{MODEL}/load"),
    ("POST", f"/v2/repository/models/{MODEL}/unload"),
    ("POST", "/v2/systemsharedmemory/region/mine/register"),
    ("GET", "/v2/systemsharedmemory/status"),
    ("POST", "/v2/cudasharedmemory/unregister"),
    ("POST", "/v2/trace/setting"),
    ("POST", f"/v2/models/{MODEL}/trace/setting"),
    ("POST", "/v2/logging"),
]
HEADERS = [
    pytest.param({}, id="no key"),
    pytest.param({NAME: VALUE[:-1], f"triton-grpc-protocol-{NAME}": VALUE[:-1]}, id="another key"),
    pytest.param({f"x-{NAME}": VALUE, f"triton-grpc-protocol-x-{NAME}": VALUE}, id="another name"),
]


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTriton]:
    repository = tmp_path_factory.mktemp("models")
    write_model(repository, MODEL)
    with running_triton(repository, MODEL) as running:
        yield running


@pytest.fixture
def connection(triton: EmbeddedTriton) -> Iterator[client.InferenceServerClient]:
    with client.InferenceServerClient(triton.grpc_address) as connection:
        yield connection


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("call", CONTROLS.values(), ids=CONTROLS)
def test_control_over_grpc_is_refused(
    connection: client.InferenceServerClient, call: Call, headers: dict[str, str]
) -> None:
    with pytest.raises(client.InferenceServerException, match="This protocol is restricted"):
        call(connection, headers)


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize(("method", "path"), PATHS, ids=str)
def test_control_over_http_is_refused(triton: EmbeddedTriton, method: str, path: str, headers: dict[str, str]) -> None:
    answer = httpx.request(method, f"http://{triton.http_address}{path}", json={}, headers=headers)
    assert (answer.status_code, "This API is restricted" in answer.text) == (403, True)


def test_the_key_opens(triton: EmbeddedTriton, connection: client.InferenceServerClient) -> None:
    headers = {f"triton-grpc-protocol-{NAME}": VALUE}
    (model,) = connection.get_model_repository_index(headers=headers).models
    assert (model.name, model.state) == (MODEL, "READY")
    answer = httpx.post(f"http://{triton.http_address}/v2/repository/index", headers={NAME: VALUE})
    assert [each["name"] for each in answer.json()] == [MODEL]


def test_inference_and_health_are_everybody_s(triton: EmbeddedTriton, connection: client.InferenceServerClient) -> None:
    assert connection.is_server_live() and connection.is_model_ready(MODEL)
    assert connection.get_model_metadata(MODEL).name == connection.get_model_config(MODEL).config.name == MODEL
    image = client.InferInput("image", [1, 64, 64, 3], "UINT8")
    image.set_data_from_numpy(np.zeros((1, 64, 64, 3), np.uint8))
    assert connection.infer(MODEL, [image]).as_numpy("alpha").shape == (1, 64, 64)
    assert httpx.get(f"http://{triton.http_address}/v2/models/{MODEL}/ready").status_code == 200


def test_nothing_of_it_listens_beyond_this_machine(triton: EmbeddedTriton) -> None:
    assert triton.pid is not None
    listening = [each for each in psutil.Process(triton.pid).net_connections() if each.status == psutil.CONN_LISTEN]
    assert len(listening) >= 3
    assert {each.laddr.ip.removeprefix("::ffff:") for each in listening} == {"127.0.0.1"}


def test_the_key_is_another_each_time_and_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    once, again = (EmbeddedConfig(tmp_path, (MODEL,), os.environ) for _ in range(2))
    assert once.key != again.key
    assert len(once.key) == 64
    assert once.key not in repr(once)
    write_model(tmp_path, MODEL)
    with caplog.at_level(logging.DEBUG), running_triton(tmp_path, MODEL):
        pass
    assert "successfully loaded" in caplog.text
    assert VALUE not in caplog.text
