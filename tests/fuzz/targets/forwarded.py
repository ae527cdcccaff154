"""Lines of X-Forwarded-For behind a line of two words: how many proxies are trusted, and the connection's peer."""

from ipaddress import ip_address, ip_network

from gateway.client import Client, found, network
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    first, *lines = data.decode("latin-1").split("\n")
    count, _, peer = first.partition(" ")
    proxies = int(count) if count in ("0", "1", "2", "3") else 1
    client = found(peer, lines, proxies)
    if client.address:
        assert client.address == str(ip_address(client.address))
        assert ip_address(client.address) in ip_network(f"{network(client.address)}/{_prefix(client)}")
    if lines and len(",".join(lines).split(",")) >= proxies:
        for written in ("198.51.100.7", "a, [::1]:1", ","):  # by the client itself
            assert found(peer, [written, *lines], proxies) == client


def _prefix(client: Client) -> int:
    return 64 if ":" in client.address else 32


TARGET = Target(
    "forwarded",
    run,
    words=(
        b",",
        b"\n",
        b"127.0.0.1",
        b"203.0.113.9:1234",
        b"::1",
        b"[2001:db8::1]:80",
        b"::ffff:10.0.0.1",
        b"fe80::1%eth0",
        b"0177.0.0.1",
        b"1.2.3.4.5",
        b":::::::",
        b" ",
        b"unknown",
    ),
)
