"""What a request says of its signature: Signature-Input and Signature (RFC 9421).

Of all the ways to write the same, the canonical one (RFC 9651) is taken: what was signed is then what was written, and
need not be written anew to be checked.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers

from gateway.errors import SignatureInvalid

INPUT: Final = "signature-input"
SIGNATURE: Final = "signature"

_COMPONENT: Final = r'"@?[a-z0-9-]{1,64}"'
_ITEM: Final = r'(?:[0-9]{1,15}|"[ !#-\[\]-~]{0,128}")'
_INPUT: Final = re.compile(
    rf"(?P<label>[a-z][a-z0-9_-]{{0,31}})=(?P<said>\((?P<components>{_COMPONENT}(?: {_COMPONENT}){{0,15}})\)"
    rf"(?P<parameters>(?:;[a-z]{{1,16}}={_ITEM}){{1,8}}))"
)
_PARAMETER: Final = re.compile(f";([a-z]+)=({_ITEM})")
_VALUES: Final = {
    "created": re.compile("[1-9][0-9]{0,11}"),
    "nonce": re.compile('"[A-Za-z0-9_-]{16,64}"'),
    "keyid": re.compile('"[a-z0-9]{8}"'),
    "alg": re.compile('"hmac-sha256"'),
}
_REQUIRED: Final = {"created", "nonce", "keyid"}


@dataclass(frozen=True)
class Signature:
    """`said` is the list of `components` with its parameters, as it was signed; `created` is in seconds since 1970."""

    components: tuple[str, ...]
    said: str
    created: int
    nonce: str
    key_id: str
    text: str = field(repr=False)
    """The signature itself, in base64."""


def is_signed(headers: Headers) -> bool:
    """Whether a request claims to be."""
    return INPUT in headers or SIGNATURE in headers


def read(headers: Headers) -> Signature:
    """Raises SignatureInvalid where it is not written as docs/signing.md says."""
    found = _INPUT.fullmatch(only(headers, INPUT))
    if found is None:
        raise SignatureInvalid(
            'Signature-Input must be written as `sig=("@method" "@path" "@query" "content-digest" "content-type")'
            ';created=SECONDS;nonce="NONCE";keyid="ID"`.'
        )
    components = tuple(found["components"].replace('"', "").split(" "))
    if len(set(components)) < len(components):
        raise SignatureInvalid("Signature-Input names a component twice.")
    parameters = _parameters(found["parameters"])
    return Signature(
        components,
        found["said"],
        int(parameters["created"]),
        parameters["nonce"],
        parameters["keyid"],
        _text(only(headers, SIGNATURE), found["label"]),
    )


def only(headers: Headers, name: str) -> str:
    """The value of a header that has to be there once. Raises SignatureInvalid."""
    values = headers.getlist(name)
    if len(values) != 1:
        raise SignatureInvalid(f"A signed request has the header {name} once, not {len(values)} times.")
    return values[0].strip(" \t")


def sign(secret: str, base: bytes) -> str:
    """The signature of a request whose signature base is `base`, in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), base, hashlib.sha256)).decode()


def _parameters(text: str) -> dict[str, str]:
    pairs = _PARAMETER.findall(text)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise SignatureInvalid("Signature-Input has a parameter twice.")
    if given.keys() - _VALUES.keys() or _REQUIRED - given.keys():
        raise SignatureInvalid("Signature-Input has created, nonce and keyid, may have alg, and nothing else.")
    for name, value in given.items():
        if not _VALUES[name].fullmatch(value):
            raise SignatureInvalid(_WRONG[name])
    return {name: value.strip('"') for name, value in given.items()}


_WRONG: Final = {
    "created": "created must be the time of signing, in whole seconds since 1970.",
    "nonce": "nonce must be 16 to 64 of A-Z a-z 0-9 _ -, in quotation marks.",
    "keyid": "keyid must be a key's id, 8 of a-z 0-9, in quotation marks.",
    "alg": 'alg, where it is named, must be "hmac-sha256".',
}


def _text(signature: str, label: str) -> str:
    found = re.fullmatch(re.escape(label) + "=:([A-Za-z0-9+/]{43}=):", signature)
    if found is None:
        raise SignatureInvalid(f"Signature must be `{label}=:BASE64:`, of 32 bytes, under the name in Signature-Input.")
    return found[1]
