"""Signatures as RFC 9421 has them, and everything else that looks like one."""

import base64
import hmac

import pytest
from starlette.datastructures import Headers

from gateway.errors import SignatureInvalid
from gateway.signing import message, signature
from gateway.signing.signature import Signature, sign

INPUT = '("@method" "@path" "@query" "content-digest");created=1700000000;nonce="0123456789abcdef";keyid="abcdefgh"'
TEXT = "A" * 43 + "="


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.encode(), value.encode("latin-1")) for name, value in pairs])


def read(said: str, text: str = f"sig=:{TEXT}:") -> Signature:
    return signature.read(headers(("signature-input", said), ("signature", text)))


def test_the_example_of_the_standard() -> None:
    """RFC 9421, B.2.5: HMAC-SHA256 with a shared secret."""
    request = {
        "method": "POST",
        "raw_path": b"/foo",
        "query_string": b"param=Value&Pet=dog",
        "headers": [
            (b"host", b"example.com"),
            (b"date", b"Tue, 20 Apr 2021 02:07:55 GMT"),
            (b"content-type", b"application/json"),
        ],
    }
    components = ("date", "@authority", "content-type")
    said = '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"'
    signed = Signature(components, said, 1618884473, "", "test-shared-secret", "")
    secret = base64.b64decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    )
    mac = hmac.digest(secret, message.base(request, signed), "sha256")
    assert base64.b64encode(mac) == b"pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="


def test_path_and_query_of_the_standard() -> None:
    """RFC 9421, 2.2.6 and 2.2.7: nothing is decoded; no query is a question mark."""
    signed = Signature(("@path", "@query"), "()", 0, "", "", "")
    asked = {"raw_path": b"/a%2Fb", "query_string": b"param=value&foo=bar&baz=bat%2Dman", "headers": []}
    assert message.base(asked, signed).startswith(
        b'"@path": /a%2Fb\n"@query": ?param=value&foo=bar&baz=bat%2Dman\n"@signature-params"'
    )
    nothing = {"raw_path": b"", "query_string": b"", "headers": []}
    assert message.base(nothing, signed).startswith(b'"@path": /\n"@query": ?\n')


def test_what_is_written_is_read() -> None:
    found = read(f"sig={INPUT}")
    assert found.components == ("@method", "@path", "@query", "content-digest")
    assert (found.said, found.created, found.nonce, found.key_id, found.text) == (
        INPUT,
        1700000000,
        "0123456789abcdef",
        "abcdefgh",
        TEXT,
    )
    assert read(f'sig={INPUT};alg="hmac-sha256"').said == f'{INPUT};alg="hmac-sha256"'
    assert TEXT not in repr(found)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "sig=",
        INPUT,
        f"sig={INPUT}, other={INPUT}",
        f"sig={INPUT},sig={INPUT}",
        f"SIG={INPUT}",
        f"sig= {INPUT}",
        f"sig={INPUT};",
        f"sig={INPUT}\n",
        "sig=" + INPUT.replace('" "', '"  "', 1),
        "sig=" + INPUT.replace('"@path"', '"@path";req'),
        "sig=" + INPUT.replace('"@path"', '"@Path"'),
        "sig=" + INPUT.replace('"@path"', '"@method"'),
        "sig=" + INPUT.replace(";created", "; created"),
        "sig=" + INPUT.replace("1700000000", "01700000000"),
        "sig=" + INPUT.replace("1700000000", "-1700000000"),
        "sig=" + INPUT.replace("1700000000", "1.7"),
        "sig=" + INPUT.replace("1700000000", "1" * 13),
        "sig=" + INPUT.replace("1700000000", '"1700000000"'),
        "sig=" + INPUT.replace("1700000000", "\u0661700000000".encode().decode("latin-1")),
        "sig=" + INPUT.replace("abcdefgh", "ABCDEFGH"),
        "sig=" + INPUT.replace("abcdefgh", "abcdefghi"),
        "sig=" + INPUT.replace("0123456789abcdef", "short"),
        "sig=" + INPUT.replace("0123456789abcdef", "a" * 65),
        "sig=" + INPUT.replace("0123456789abcdef", "0123456789 abcdef"),
        f"sig={INPUT};created=1700000001",
        f'sig={INPUT};alg="rsa-pss-sha512"',
        f"sig={INPUT};expires=1700000001",
        f'sig={INPUT};tag="mine"',
        f"sig={INPUT.partition(';nonce')[0]}",
        "sig=" + INPUT.replace("created", "Created"),
        "sig=()" + INPUT.partition(")")[2],
        "sig=(" + " ".join(f'"x{n}"' for n in range(30)) + ")" + INPUT.partition(")")[2],
    ],
    ids=repr,
)
def test_another_input_is_refused(said: str) -> None:
    with pytest.raises(SignatureInvalid):
        read(said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT,
        f"sig={TEXT}",
        f"sig=:{TEXT}",
        f"other=:{TEXT}:",
        f"sig=:{TEXT}:, other=:{TEXT}:",
        "sig=:" + "A" * 44 + ":",
        "sig=:" + "A" * 22 + "==:",
        "sig=:" + "-" * 43 + "=:",
        f"sig=:{TEXT}:;x",
        "sig=::",
    ],
    ids=repr,
)
def test_another_signature_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        read(f"sig={INPUT}", text)


@pytest.mark.parametrize("name", ["signature", "signature-input"])
def test_each_header_is_there_once(name: str) -> None:
    pairs = [("signature-input", f"sig={INPUT}"), ("signature", f"sig=:{TEXT}:")]
    for wrong in ([pair for pair in pairs if pair[0] != name], [*pairs, dict(pairs).get(name) and (name, "x=:a:")]):
        with pytest.raises(SignatureInvalid, match=name):
            signature.read(headers(*wrong))


@pytest.mark.parametrize(
    "component", ["signature", "signature-input", "@target-uri", "@status", "@signature-params", "x"]
)
def test_what_cannot_be_covered(component: str) -> None:
    asked = {"method": "GET", "raw_path": b"/", "query_string": b"", "headers": []}
    with pytest.raises(SignatureInvalid, match=component):
        message.base(asked, Signature((component,), "", 0, "", "", ""))


def test_secrets_make_the_difference() -> None:
    assert sign("a", b"text") != sign("b", b"text")
    assert len(sign("a", b"text")) == 44
