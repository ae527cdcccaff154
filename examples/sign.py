"""Post a photo with a signed request: `CUTOUT_SIGNING_SECRET=cutoutsign_… python sign.py PHOTO -o FILE --url URL`.

Everything a program needs to sign what it asks of the gateway (RFC 9421 with HMAC-SHA256), in one file to copy from: `sign`
gives the headers, and nothing but the standard library is needed. docs/signing.md says what they mean.
"""

import argparse
import base64
import hashlib
import hmac
import os
import secrets
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 120.0


def sign(
    secret: str, method: str, url: str, body: bytes = b"", content_type: str = "", created: int = 0, nonce: str = ""
) -> dict[str, str]:
    """Return the headers that sign one request; `url` is written as it will be sent, percent-encoded.

    `created` and `nonce` are for tests: left out, they are now and random.
    """
    _, key_id, key = secret.split("_", 2)
    parts = urlsplit(url)
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    covered = {
        "@method": method,
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
        "content-digest": digest,
        **({"content-type": content_type} if content_type else {}),
    }
    names = " ".join(f'"{name}"' for name in covered)
    parameters = f'({names});created={created or int(time.time())};nonce="{nonce or secrets.token_urlsafe(24)}"'
    parameters += f';keyid="{key_id}";alg="hmac-sha256"'
    lines = [f'"{name}": {value}' for name, value in covered.items()]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64encode(hmac.digest(key.encode(), base.encode("ascii"), "sha256")).decode()
    headers = {"Content-Type": content_type} if content_type else {}
    return headers | {
        "Content-Digest": digest,
        "Signature-Input": f"sig={parameters}",
        "Signature": f"sig=:{signature}:",
    }


def sign_address(secret: str, url: str, expires: int = 0, nonce: str = "") -> str:
    """Return the address to which somebody without a key, such as a browser, may post one picture, once.

    It is good until `expires`, in seconds since 1970: left out, for ten minutes; an hour is the most.
    """
    _, key_id, key = secret.split("_", 2)
    parts = urlsplit(url)
    path = parts.path or "/"
    query = f"{parts.query}&" if parts.query else ""
    query += f"expires={expires or int(time.time()) + 600}&keyid={key_id}&nonce={nonce or secrets.token_urlsafe(24)}"
    signature = hmac.digest(key.encode(), f"POST {path}?{query}".encode("ascii"), "sha256")
    query += f"&signature={base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    return parts._replace(path=path, query=query, fragment="").geturl()


def main() -> int:
    """Write the cut-out of one photo; return 1 when it could not be made."""
    parser = argparse.ArgumentParser(description="Cut a photo out with a signed request.")
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--url", default="http://127.0.0.1:8080/api/v2/process", help="with its query")
    arguments = parser.parse_args()
    secret, body = os.environ["CUTOUT_SIGNING_SECRET"], arguments.photo.read_bytes()
    headers = sign(secret, "POST", arguments.url, body, "application/octet-stream")
    try:
        request = Request(arguments.url, body, headers, method="POST")  # noqa: S310 - the address is the user's own
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            arguments.output.write_bytes(answer.read())
    except HTTPError as error:
        print(f"{arguments.url}: {error.code} {error.read().decode()}", file=sys.stderr)
        return 1
    except URLError as error:
        print(f"{arguments.url}: {error.reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
