"""The address of a picture that lies elsewhere."""

from urllib.parse import urlsplit

from gateway.errors import URLNotAllowed
from gateway.remote import address
from tests.fuzz.target import Target

PORTS = frozenset((443,))


def run(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    told = address.host(text)
    found = address.target(text, PORTS)
    assert found.port in PORTS
    assert found.path.startswith("/") and all("!" <= each <= "~" for each in found.host + found.path)
    assert urlsplit(found.url).hostname == found.host
    assert address.target(found.url, PORTS) == found
    assert not text.isascii() or told.rstrip(".") == found.host[:253].rstrip(
        "."
    )  # what the audit log names is what is asked


TARGET = Target(
    "remote_address",
    run,
    (URLNotAllowed,),
    (
        b"https://",
        b"//",
        b"@",
        b":443",
        b":80",
        b"\\",
        b"#",
        b"?",
        b"%00",
        b"%0d%0a",
        b"\r\n",
        b"\t",
        b"[::1]",
        b"127.0.0.1",
        b"0x7f.1",
        b"xn--",
        b"../",
        "。".encode(),
        "ß".encode(),
        "①".encode(),
    ),
)
