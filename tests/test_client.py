"""Whose request it is, behind proxies that are trusted and before clients that are not."""

from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import client
from gateway.client import Client, found, network

PEER = "10.0.0.1"
ADDRESSES = st.ip_addresses().filter(lambda each: getattr(each, "ipv4_mapped", None) is None).map(str)
LINES = st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60), max_size=4)


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ([], 0, Client(PEER)),
        (["1.2.3.4"], 0, Client(PEER)),
        (["1.2.3.4"], 1, Client("1.2.3.4")),
        (["6.6.6.6, 1.2.3.4"], 1, Client("1.2.3.4")),
        (["6.6.6.6", "1.2.3.4"], 1, Client("1.2.3.4")),
        (["6.6.6.6, 1.2.3.4", "10.0.0.2"], 2, Client("1.2.3.4")),
        (["6.6.6.6,,,1.2.3.4,10.0.0.2"], 2, Client("1.2.3.4")),
        (["1.2.3.4:5678"], 1, Client("1.2.3.4")),
        (["2001:DB8::1"], 1, Client("2001:db8::1")),
        (["[2001:db8::1]"], 1, Client("2001:db8::1")),
        (["[2001:db8:0::1]:443"], 1, Client("2001:db8::1")),
        (["::ffff:1.2.3.4"], 1, Client("1.2.3.4")),
        (["\t1.2.3.4 "], 1, Client("1.2.3.4")),
        ([], 1, Client(PEER, told=False)),
        ([""], 1, Client(PEER, told=False)),
        (["1.2.3.4"], 2, Client(PEER, told=False)),
        (["unknown"], 1, Client(PEER, told=False)),
        (["1.2.3.4, _hidden"], 1, Client(PEER, told=False)),
        (["999.2.3.4"], 1, Client(PEER, told=False)),
        (["1.2.3.4:"], 1, Client(PEER, told=False)),
        (["1.2.3.4:123456"], 1, Client(PEER, told=False)),
        (["[1.2.3.4"], 1, Client(PEER, told=False)),
        (["1.2.3.4, "], 1, Client(PEER, told=False)),
    ],
)
def test_the_client_behind_so_many_proxies(forwarded: list[str], proxies: int, expected: Client) -> None:
    assert found(PEER, forwarded, proxies) == expected


@given(spoofed=LINES, passed=st.lists(ADDRESSES, min_size=1, max_size=5), split=st.booleans())
def test_what_a_client_writes_itself_changes_nothing(spoofed: list[str], passed: list[str], split: bool) -> None:
    """The proxies that add to the header are as many as are trusted, each with its peer's address."""
    own = passed if split else [", ".join(passed)]
    assert found(PEER, [*spoofed, *own], len(passed)) == Client(passed[0])


@given(forwarded=LINES, proxies=st.integers(0, 5), peer=ADDRESSES)
def test_it_is_always_one_address_in_its_one_form(forwarded: list[str], proxies: int, peer: str) -> None:
    address, told = found(peer, forwarded, proxies)
    assert str(ip_address(address)) == address
    assert told or address == peer


@given(st.ip_addresses(v=6).filter(lambda each: each.ipv4_mapped is None), st.integers(0, 2**64 - 1))
def test_a_client_s_64_bits_of_ipv6_are_one(address: IPv6Address, own: int) -> None:
    other = str(IPv6Address(int(address) >> 64 << 64 | own))
    assert network(str(address)) == network(other)


def test_networks_differ() -> None:
    assert network("2001:db8:0:1::1") != network("2001:db8:0:2::1")
    assert network("1.2.3.4") != network("1.2.3.5")
    assert network("") == ""


@pytest.mark.parametrize(
    ("peer", "address"),
    [(("fe80::1%eth0", 1), "fe80::1"), (("::ffff:127.0.0.1", 1), "127.0.0.1"), (None, ""), (("", 0), "")],
)
def test_without_a_word_it_is_the_peer(peer: tuple[str, int] | None, address: str) -> None:
    assert client.get({"client": peer}) == address


def test_what_was_put_is_got() -> None:
    scope = {"client": ("10.0.0.1", 1)}
    client.put(scope, "1.2.3.4")
    assert client.get(scope) == "1.2.3.4"
