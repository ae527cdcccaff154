"""Ports for Triton: checked where they were asked for, picked where they were not."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass

from gateway.embedded.errors import PortTakenError

HOST = "127.0.0.1"
"""The only address the embedded Triton binds: its control API must not be reachable from outside."""


@dataclass(frozen=True)
class Ports:
    """Where one Triton listens on the loopback address."""

    grpc: int
    http: int
    metrics: int


def claim_ports(grpc: int, http: int, metrics: int) -> Ports:
    """Return three distinct ports that were free just now; 0 asks for any. Raises PortTakenError naming one in use."""
    with ExitStack() as stack:
        # All three are held until all three are known, so that none is handed out twice.
        bound = [
            stack.enter_context(_bind(name, port))
            for name, port in (("gRPC", grpc), ("HTTP", http), ("metrics", metrics))
        ]
        return Ports(*(listener.getsockname()[1] for listener in bound))


def _bind(name: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As Triton does it: connections of an earlier server that are still closing do not count as taken.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise PortTakenError(f"Triton's {name} port {port} on {HOST} cannot be used: {error.strerror}") from error
    return listener
