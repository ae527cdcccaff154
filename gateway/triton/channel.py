"""The connection to Triton."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from tritonclient.grpc import InferenceServerClientPlugin  # type: ignore[import-untyped]
from tritonclient.grpc.aio import InferenceServerClient  # type: ignore[import-untyped]

_MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
_CHANNEL: Final = [
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    # A Triton that restarts is found again within a fraction of a second; gRPC's own defaults wait for minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.use_local_subchannel_pool", 1),
    # Triton is a neighbour: a proxy in the environment is not meant for it.
    ("grpc.enable_http_proxy", 0),
    # Notices a machine that vanished without closing its connections.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
]


_DOOR: Final = "triton-grpc-protocol-"
"""How Triton's headers for restricted protocols begin."""


class _Key(InferenceServerClientPlugin):  # type: ignore[misc]
    """Shows a key, written NAME=VALUE, with every request."""

    def __init__(self, key: str) -> None:
        name, _, self._value = key.partition("=")
        self._header = f"{_DOOR}{name}"

    def __call__(self, request: Any) -> None:
        """The vendor's hook."""
        request.headers[self._header] = self._value


@asynccontextmanager
async def triton_client(address: str, key: str) -> AsyncIterator[InferenceServerClient]:
    """A client of the Triton whose gRPC listens at `address` (host:port), inside a running event loop.

    `key`, NAME=VALUE, is that of its restricted protocols; "" for none.
    """
    async with InferenceServerClient(address, channel_args=_CHANNEL) as client:
        if key:
            client.register_plugin(_Key(key))
        yield client
