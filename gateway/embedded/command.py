"""How tritonserver is told what to do: its flags and its environment, as pure functions of what is wanted."""

from collections.abc import Mapping
from pathlib import Path

from gateway.embedded.config import EmbeddedConfig
from gateway.embedded.layout import Layout
from gateway.embedded.locate import Server
from gateway.embedded.ports import HOST, Ports
from gateway.settings import TRITON_KEY_NAME

LOCKED = ("model-repository", "shared-memory", "trace", "logging")
"""What changes the server. A model that is loaded is a program that runs; health, metadata and inference are everybody's."""

_PASSED_ON = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
"""Everything else stays with the gateway: its keys are no business of a process that runs model code."""


def arguments(
    config: EmbeddedConfig, server: Server, layout: Layout, ports: Ports, shm_prefix: str, models: tuple[str, ...]
) -> list[str]:
    """Return the command line of a Triton that listens on the loopback address only and loads `models` at its start."""
    return [
        str(server.binary),
        f"--model-repository={layout.repository}",
        f"--backend-directory={layout.backends}",
        # Explicit: which versions are loaded is decided through the control API, not by what lies in the folder.
        "--model-control-mode=explicit",
        *(f"--load-model={model}" for model in models),
        "--disable-auto-complete-config",
        "--exit-on-error=true",
        f"--exit-timeout-secs={max(1, round(config.stop_seconds))}",
        f"--grpc-address={HOST}",
        f"--grpc-port={ports.grpc}",
        f"--http-address={HOST}",
        f"--http-port={ports.http}",
        *_locks(config.key),
        f"--metrics-address={HOST}",
        f"--metrics-port={ports.metrics}",
        *([] if server.native else _python_backend_arguments(shm_prefix)),
    ]


def _locks(key: str) -> list[str]:
    # Triton takes the key from its command line alone, where other users of this machine can read it.
    locked = f"{','.join(LOCKED)}:{TRITON_KEY_NAME}={key}"
    return [f"--grpc-restricted-protocol={locked}", f"--http-restricted-api={locked}"]


def _python_backend_arguments(shm_prefix: str) -> list[str]:
    return [
        f"--backend-config=python,shm-region-prefix-name={shm_prefix}",
        # The server itself uses no GPU here, the stub may; asking for one logs complaints where there is none.
        "--allow-gpu-metrics=false",
        "--pinned-memory-pool-byte-size=0",
    ]


def environment(environ: Mapping[str, str], layout: Layout, python: Path) -> dict[str, str]:
    """Return Triton's variables: a chosen few of `environ`, and what its loader and its stub need.

    The stub finds its packages as `python3` on PATH would, so the folder of the running interpreter comes first.
    """
    variables = {name: environ[name] for name in _PASSED_ON if name in environ}
    variables["PATH"] = f"{python.parent}:{environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')}"
    libraries = [*map(str, layout.libraries), environ.get("LD_LIBRARY_PATH", "")]
    variables["LD_LIBRARY_PATH"] = ":".join(filter(None, libraries))
    return variables
