"""How tritonserver is told what to do: its flags and its environment, each with its reason."""

from typing import Final

from deploy.triton.settings import Settings

LOCKED: Final = ("model-repository", "shared-memory", "trace", "logging")
"""What changes the server. A model that is loaded is a program that runs; health, metadata and inference are everybody's."""

EXIT_SECONDS: Final = 2
"""For what is in flight once Triton itself is told to stop; by then, `supervision` has waited for those connected."""

_SECRETS: Final = ("KEY", "SECRET", "TOKEN", "PASSWORD", "CREDENTIALS")


def arguments(settings: Settings, key: str) -> list[str]:
    """The command line of a Triton that serves one model; `key` is NAME=VALUE."""
    locked = f"{','.join(LOCKED)}:{key}"
    return [
        "tritonserver",
        f"--model-repository={settings.repository}",
        # Which versions are loaded is decided through the control API, by a rollout's plan, not by what lies in the folder.
        "--model-control-mode=explicit",
        f"--load-model={settings.model}",
        # <model>/configs/l4.pbtxt in place of config.pbtxt: the same repository serves a laptop's CPU.
        *([f"--model-config-name={settings.config}"] if settings.config else []),
        # Every configuration is complete. What Triton would guess from the graph could differ from what the gateway sends.
        "--disable-auto-complete-config",
        # A Triton that could not load its model ends, and the platform sees it, instead of listening with nothing to serve.
        "--exit-on-error=true",
        # It waits that long for in-flight requests and for idle keep-alive connections alike.
        f"--exit-timeout-secs={EXIT_SECONDS}",
        f"--grpc-address={settings.address}",
        f"--grpc-port={settings.grpc_port}",
        # For probes: no gateway speaks HTTP to it.
        f"--http-address={settings.address}",
        f"--http-port={settings.http_port}",
        # Triton takes the key from its command line alone, which only this container's processes can read.
        f"--grpc-restricted-protocol={locked}",
        f"--http-restricted-api={locked}",
        # Queue, batch sizes and GPU memory: the gateway repeats them in its own /metrics.
        "--allow-metrics=true",
        f"--metrics-address={settings.address}",
        f"--metrics-port={settings.metrics_port}",
    ]


def environment(settings: Settings) -> dict[str, str]:
    """Triton's variables: the container's, without its secrets, and with jemalloc in place of glibc's allocator.

    Batches of changing size leave glibc's arenas fragmented, and the process grows for days. It is preloaded here and not
    by the image, so that only Triton gets it; a loader that does not find it says so and goes on.
    """
    kept = {name: value for name, value in settings.environ.items() if not any(word in name for word in _SECRETS)}
    preloaded = ":".join(filter(None, ["libjemalloc.so.2", settings.environ.get("LD_PRELOAD", "")]))
    return {**kept, "LD_PRELOAD": preloaded}
