"""What a key looks like: `cutout_<id>_<secret>`; what is kept of it: the id, a salt, and a hash.

What is signed with looks like `cutoutsign_<id>_<secret>`. Whoever checks signatures needs that secret itself: it is kept as
it is. The two are drawn apart, so that one is not found from the other.

The secret is 256 random bits. Nobody guesses those, however fast the hash; so it is one SHA-256, and checking a key costs
microseconds. The salt keeps equal secrets, which do not occur, and tables, which do not help, from mattering at all.
"""

import hashlib
import re
import secrets
from typing import Final, NamedTuple

SIGNING: Final = "cutoutsign_"
_FORM: Final = re.compile(r"cutout_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_ID_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


class Key(NamedTuple):
    """A key in the open: its holder has it, the service only while it judges. What it does not have is empty."""

    id: str
    secret: str
    signing: str = ""

    @property
    def text(self) -> str:
        """As it is presented."""
        return f"cutout_{self.id}_{self.secret}"

    @property
    def signing_text(self) -> str:
        """As its holder keeps it, to sign with."""
        return f"{SIGNING}{self.id}_{self.signing}"


def new() -> Key:
    """A key that nobody has, to be presented and to sign with."""
    made = "".join(secrets.choice(_ID_ALPHABET) for _ in range(8))
    return Key(made, secrets.token_urlsafe(32), secrets.token_urlsafe(32))


def parse(text: str) -> Key | None:
    """The key in `text`; None where it cannot be one."""
    found = _FORM.fullmatch(text)
    return Key(found[1], found[2]) if found else None


def digest(salt: str, secret: str) -> str:
    """What is kept of a secret, in hexadecimal."""
    return hashlib.sha256(f"{salt}{secret}".encode()).hexdigest()
