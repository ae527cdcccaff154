"""An address that was signed for a browser, as the first line of a request."""

from gateway.errors import AddressExpired, SignatureInvalid
from gateway.signing import address
from tests.fuzz.scope import scope
from tests.fuzz.target import Target

NOW = 1_767_225_600.5


def run(data: bytes) -> None:
    asked = scope(data)
    claim = address.claim(asked, NOW)
    assert address.is_signed(asked)
    assert NOW < claim.until <= NOW + address.MAX_SECONDS
    signed, _, text = asked["query_string"].rpartition(b"&signature=")
    assert claim.base == b"POST " + asked["raw_path"] + b"?" + signed
    assert claim.text.translate(str.maketrans("+/", "-_")) == text.decode() + "="
    said = f"expires={claim.until}&keyid={claim.key_id}&nonce={claim.nonce}".encode()
    assert signed in (said, claim.query + b"&" + said)


TARGET = Target(
    "signed_address",
    run,
    (AddressExpired, SignatureInvalid),
    (
        b"POST ",
        b"?",
        b"&",
        b"signature=",
        b"&signature=",
        b"expires=1767225700",
        b"&keyid=abcdefgh",
        b"&nonce=0123456789abcdef",
        b"%26",
        b"A" * 43,
    ),
)
