import socket

import pytest

from gateway.embedded import PortTakenError
from gateway.embedded.ports import HOST, claim_ports


def test_free_ports_are_distinct() -> None:
    ports = claim_ports(0, 0, 0)
    assert len({ports.grpc, ports.http, ports.metrics}) == 3


@pytest.mark.parametrize("index", [0, 1, 2], ids=["gRPC", "HTTP", "metrics"])
def test_a_port_in_use_is_named(index: int) -> None:
    with socket.create_server((HOST, 0)) as listener:
        taken = listener.getsockname()[1]
        wanted = [0, 0, 0]
        wanted[index] = taken
        with pytest.raises(PortTakenError, match=f"{['gRPC', 'HTTP', 'metrics'][index]} port {taken}"):
            claim_ports(*wanted)
