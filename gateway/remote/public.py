"""Which addresses belong to the public internet.

By the IANA registries of special-purpose addresses. What carries an IPv4 address inside (mapped, compatible, 6to4, Teredo,
NAT64) is refused as a whole: nobody publishes pictures there, and inside could be anything.
"""

from ipaddress import IPv6Network, ip_address, ip_network
from typing import Final

_UNICAST: Final = IPv6Network("2000::/3")
_NOT_PUBLIC: Final = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # Azure's own services, from inside Azure
        "100.64.0.0/10",  # behind a carrier's NAT
        "198.18.0.0/15",  # benchmarks
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
)


def is_public(address: str) -> bool:
    """Whether `address`, IPv4 or IPv6 in numbers, may be connected to. Raises ValueError where it is no address."""
    if "%" in address:  # an interface of this machine
        return False
    parsed = ip_address(address)
    if parsed.version == 6 and parsed not in _UNICAST:
        return False
    if parsed.is_multicast or not parsed.is_global:
        return False
    return not any(parsed.version == network.version and parsed in network for network in _NOT_PUBLIC)
