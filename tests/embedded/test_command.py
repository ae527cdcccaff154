from dataclasses import replace
from pathlib import Path

import pytest

from gateway.embedded import EmbeddedConfig
from gateway.embedded.command import arguments, environment
from gateway.embedded.layout import Layout
from gateway.embedded.locate import Server
from gateway.embedded.ports import Ports

CONFIG = EmbeddedConfig(Path("/models"), ("one", "two"), {}, stop_seconds=4)
LAYOUT = Layout(Path("/run/backends"), Path("/run/models"), (Path("/run/lib"), Path("/wheel/libs")))
NATIVE = Server(Path("/bin/tritonserver"), Path("/backends"))
WHEEL = Server(Path("/bin/tritonserver"), Path("/backends"), stub=Path("/stub"))


def flags(server: Server) -> list[str]:
    return arguments(CONFIG, server, LAYOUT, Ports(1, 2, 3), "run_", CONFIG.models)


def test_every_port_is_bound_to_the_loopback_address() -> None:
    addresses = {flag for flag in flags(WHEEL) if "-address=" in flag}
    assert addresses == {f"--{name}-address=127.0.0.1" for name in ("grpc", "http", "metrics")}
    assert {"--grpc-port=1", "--http-port=2", "--metrics-port=3"} <= set(flags(WHEEL))


def test_models_are_loaded_by_name_under_explicit_control() -> None:
    expected = {"--model-control-mode=explicit", "--load-model=one", "--load-model=two", "--exit-timeout-secs=4"}
    assert expected <= set(flags(WHEEL))


def test_only_the_python_backend_is_given_a_shared_memory_name() -> None:
    assert "--backend-config=python,shm-region-prefix-name=run_" in flags(WHEEL)
    assert not [flag for flag in flags(NATIVE) if flag.startswith("--backend-config")]


def test_a_native_server_keeps_its_gpu_settings() -> None:
    assert not [flag for flag in flags(NATIVE) if "gpu" in flag or "pinned" in flag]


def test_traces_go_to_a_receiver_that_is_named_and_only_those_that_are_asked_for() -> None:
    assert not [flag for flag in flags(WHEEL) if "trace-config" in flag]
    named = arguments(
        replace(CONFIG, otlp="http://collector:4318"), WHEEL, LAYOUT, Ports(1, 2, 3), "run_", CONFIG.models
    )
    assert {"--trace-config=mode=opentelemetry", "--trace-config=rate=0", "--trace-config=level=TIMESTAMPS"} <= set(
        named
    )
    assert "--trace-config=opentelemetry,url=http://collector:4318/v1/traces" in named


def test_triton_sees_the_variables_it_needs_and_no_keys() -> None:
    environ = {"PATH": "/usr/bin", "HOME": "/home/me", "GATEWAY_KEYS": "secret", "LD_LIBRARY_PATH": "/mine"}
    assert environment(environ, LAYOUT, Path("/venv/bin/python")) == {
        "PATH": "/venv/bin:/usr/bin",
        "HOME": "/home/me",
        "LD_LIBRARY_PATH": "/run/lib:/wheel/libs:/mine",
    }


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"models": ()}, id="no model"),
        pytest.param({"models": ("a b",)}, id="blank in a name"),
        pytest.param({"models": ("../up",)}, id="path as a name"),
        pytest.param({"start_seconds": 0}, id="no time to start"),
    ],
)
def test_a_contradictory_configuration_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"models|model name|positive"):
        EmbeddedConfig(**{"repository": Path(), "models": ("one",), "environ": {}, **changes})  # type: ignore[arg-type]
