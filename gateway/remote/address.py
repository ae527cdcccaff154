"""What an address may look like before anything is asked about it."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from gateway.errors import URLNotAllowed

MAX_LENGTH: Final = 2048
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


@dataclass(frozen=True)
class Target:
    """Where to ask, and what for. `path` holds the query; the fragment is left out."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """In ASCII; what redirects are relative to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}{self.path}"


def host(text: str) -> str:
    """As far as it can be told, of what may not be an address at all; nothing else of it is for logs."""
    try:
        return (urlsplit(text.strip()).hostname or "")[:253]
    except ValueError:
        return ""


def target(text: str, ports: frozenset[int], base: str = "") -> Target:
    """The target of an https address on one of `ports`, of which 443 is the default; `text` may be relative to `base`.

    Raises URLNotAllowed.
    """
    if len(text) > MAX_LENGTH:
        raise URLNotAllowed(f"The picture's address is longer than {MAX_LENGTH} characters.", limit=MAX_LENGTH)
    try:
        url = httpx.URL(urljoin(base, text.strip()))
        host = url.raw_host.decode("ascii").lower().rstrip(".")
    except (httpx.InvalidURL, UnicodeError, ValueError) as exc:
        raise URLNotAllowed("The picture's address is not a URL.") from exc
    if url.scheme != "https" or not _HOST.fullmatch(host):
        raise URLNotAllowed("The picture's address must begin with https:// and name a host.")
    if url.userinfo:
        raise URLNotAllowed("The picture's address must not hold a user name or password.")
    port = 443 if url.port is None else url.port
    if port not in ports:
        raise URLNotAllowed("The picture's address must not name another port than 443.")
    return Target(host, port, url.raw_path.decode("ascii"))
