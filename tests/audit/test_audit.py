import pytest

from gateway.audit.audit import Addresses, Audit, client_shown


@pytest.mark.parametrize(
    ("address", "full", "masked"),
    [
        ("203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1:2::7", "2001:db8:1::/48"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.0/24"),
        ("", "", ""),
        ("testclient\n", "", ""),
    ],
)
def test_a_client_s_address(address: str, full: str, masked: str) -> None:
    shown: dict[Addresses, str] = {"full": full, "masked": masked, "none": ""}
    assert {each: client_shown(address, each) for each in shown} == shown


def test_an_entry_is_bounded() -> None:
    told: list[dict[str, object]] = []
    audit = Audit(told.append)
    audit.record(
        "fetch", "url_not_allowed", key="", what="h" * 9999, why="w" * 9999, request_id="r", client="::1", orphans=3
    )
    (entry,) = told
    assert entry | {"time": ""} == {
        "time": "",
        "action": "fetch",
        "result": "url_not_allowed",
        "key": "",
        "object": "h" * 300,
        "request_id": "r",
        "client": "::/48",
        "why": "w" * 300,
        "orphans": 3,
    }
    assert str(entry["time"]).endswith("+00:00")
