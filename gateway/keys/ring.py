"""The keys of a service, as a document: who may do what, from where, until when."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from gateway.errors import KeyExpired, KeyUnknown, SignatureInvalid
from gateway.keys import key
from gateway.keys.key import Key
from gateway.origins import ORIGIN
from gateway.rates.rate import FORM
from gateway.signing.signature import sign

Scope = Literal["process", "store", "admin", "metrics"]
Hexadecimal = Annotated[str, Meta(pattern="^[0-9a-f]+$")]
Moment = Annotated[datetime, Meta(tz=True)]
Origin = Annotated[str, Meta(pattern=f"^{ORIGIN.pattern}$")]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of one key. None of the scopes includes another. Without `origins` a key may be used from everywhere;
    without a `rate`, as often as the service lets keys be used."""

    id: Annotated[str, Meta(pattern="^[a-z0-9]{8}$")]
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    salt: Hexadecimal
    hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    signing: Annotated[str, Meta(pattern=r"^([A-Za-z0-9_-]{43})?\Z")] = ""
    """The secret that requests are signed with; "" where the key does not sign."""
    bearer: bool = True
    """Whether the key may be presented; one that was made to sign alone may not."""
    scopes: tuple[Scope, ...]
    origins: tuple[Origin, ...] = ()
    rate: Annotated[str, Meta(pattern=rf"^({FORM.pattern})\Z")] | None = None
    created: Moment
    expires: Moment | None = None
    revoked: Moment | None = None

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"Record(id={self.id!r}, name={self.name!r})"

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= now

    def unexpired(self, now: datetime) -> "Record":
        """Itself. Raises KeyExpired."""
        if self.expired(now):
            raise KeyExpired("The key has expired; ask the operator for another.")
        return self


_NOBODY: Final = Record(
    id="00000000",
    name="nobody",
    salt="00",
    hash="0" * 64,
    scopes=(),
    created=datetime.fromisoformat("2000-01-01T00:00:00+00:00"),
)


class Ring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, the oldest first."""

    keys: tuple[Record, ...] = ()

    def __post_init__(self) -> None:
        if len({each.id for each in self.keys}) < len(self.keys):
            raise ValueError("there are two keys of one id")

    def judge(self, text: str, now: datetime) -> Record:
        """The record of the key in `text`. An unknown id takes as long as a wrong secret. Raises KeyUnknown, KeyExpired."""
        if text.startswith(key.SIGNING):
            raise KeyUnknown(
                "This is a secret to sign with, which is never sent; whoever saw it can sign: have it replaced."
            )
        presented = key.parse(text) or Key("", "")
        record = next((each for each in self.keys if each.id == presented.id), _NOBODY)
        same = hmac.compare_digest(key.digest(record.salt, presented.secret), record.hash)
        if not same or not record.bearer or record.revoked is not None:
            raise KeyUnknown("The key is not one of this service's.")
        return record.unexpired(now)

    def signer(self, which: str, base: bytes, signature: str, now: datetime) -> Record:
        """The record of the key by which `base` is signed. An unknown id takes as long as a wrong signature.

        Raises SignatureInvalid, KeyExpired.
        """
        record = next((each for each in self.keys if each.id == which), _NOBODY)
        same = hmac.compare_digest(sign(record.signing, base), signature)
        if not same or not record.signing or record.revoked is not None:
            raise SignatureInvalid("The signature does not fit the request, or is of no key that signs here.")
        return record.unexpired(now)

    def origins(self) -> frozenset[str]:
        """From where any of the keys may be used."""
        return frozenset(origin for each in self.keys if each.revoked is None for origin in each.origins)

    def created(
        self,
        name: str,
        scopes: tuple[Scope, ...],
        origins: tuple[str, ...],
        expires: datetime | None,
        now: datetime,
        rate: str | None = None,
        *,
        bearer: bool = True,
        signing: bool = False,
    ) -> tuple["Ring", Key]:
        """With a new key, which is told only here: to be presented, to sign with, or both."""
        made, salt = key.new(), secrets.token_hex(16)
        record = Record(
            id=made.id,
            name=name,
            salt=salt,
            hash=key.digest(salt, made.secret),
            signing=made.signing if signing else "",
            bearer=bearer,
            scopes=scopes,
            origins=origins,
            rate=rate,
            created=now,
            expires=expires,
        )
        return Ring((*self.keys, record)), Key(made.id, made.secret if bearer else "", record.signing)

    def revoked(self, which: str, now: datetime) -> "Ring":
        """Without the use of one. Raises KeyError."""
        return self._with(msgspec.structs.replace(self.record(which), revoked=now))

    def rotated(self, which: str, keep: timedelta, now: datetime) -> tuple["Ring", Key]:
        """With a new key like the one named, which itself expires after `keep`. Raises KeyError."""
        old = self.record(which)
        ring, made = self.created(
            old.name, old.scopes, old.origins, old.expires, now, old.rate, bearer=old.bearer, signing=bool(old.signing)
        )
        until = now + keep if old.expires is None else min(now + keep, old.expires)
        return ring._with(msgspec.structs.replace(old, expires=until)), made

    def record(self, which: str) -> Record:
        """Of the key that is not revoked and has this id. Raises KeyError."""
        for each in self.keys:
            if each.id == which and each.revoked is None:
                return each
        raise KeyError(which)

    def _with(self, record: Record) -> "Ring":
        return Ring(tuple(record if each.id == record.id else each for each in self.keys))
