"""Signed addresses, checked as Google would: by the key's public half."""

import asyncio
import hashlib
import json
import time
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailable
from gateway.store.gcs import CloudCdn, GcsStore

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CDN = CloudCdn("https://cdn.example", "key-1", b"0123456789abcdef")
ACCOUNT = "service@project.iam.gserviceaccount.com"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service runs as one with a key of its own."""
    pem = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {
        "type": "service_account",
        "project_id": "project",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": ACCOUNT,
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)


@pytest.fixture
def store(account: None) -> GcsStore:
    return GcsStore("pictures", "shop/")


@pytest.fixture
def cached(account: None) -> GcsStore:
    """One with Cloud CDN before it."""
    return GcsStore("pictures", "shop/", cdn=CDN)


def assert_signed(url: str, method: str, headers: dict[str, str]) -> dict[str, list[str]]:
    """Google's canonical request (V4), verified with the public key."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "X-Goog-Signature"]
    signed = {"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}}
    names = ";".join(sorted(signed))
    request = "\n".join(
        [
            method,
            parts.path,
            urlencode(sorted(query), quote_via=quote, safe="~"),
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            "UNSIGNED-PAYLOAD",
        ]
    )
    asked = parse_qs(parts.query)
    stamp = asked["X-Goog-Date"][0]
    scope = f"{stamp[:8]}/auto/storage/goog4_request"
    text = "\n".join(["GOOG4-RSA-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    signature = bytes.fromhex(asked["X-Goog-Signature"][0])
    KEY.public_key().verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert asked["X-Goog-Credential"] == [f"{ACCOUNT}/{scope}"]
    assert asked["X-Goog-SignedHeaders"] == [names]
    return asked


def test_credentials_that_cannot_sign_are_no_fault_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a person, as a developer has them."""
    person = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    path = tmp_path / "person.json"
    path.write_text(json.dumps(person))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "project")
    store = GcsStore("pictures")
    with capture_logs() as logs, pytest.raises(StoreUnavailable, match="may not be used"):
        asyncio.run(store.download_url("cache/files/ab.webp", 600))
    assert "run as a service account" in logs[-1]["cause"]


def test_an_address_to_read(store: GcsStore) -> None:
    url = asyncio.run(store.download_url("cache/files/ab.webp", 600))
    assert urlsplit(url).netloc == "storage.googleapis.com"
    assert urlsplit(url).path == "/pictures/shop/cache/files/ab.webp"
    assert assert_signed(url, "GET", {})["X-Goog-Expires"] == ["600"]


def test_an_address_to_write_asks_for_no_header_that_a_page_does_not_send(store: GcsStore) -> None:
    url = asyncio.run(store.upload_url("uploads/ab", "image/jpeg", 500, 60))
    assert_signed(url, "PUT", {"Content-Type": "image/jpeg"})


def test_google_signs_for_a_week_at_most(store: GcsStore) -> None:
    url = asyncio.run(store.download_url("cache/files/ab.webp", 1_000_000))
    assert assert_signed(url, "GET", {})["X-Goog-Expires"] == ["604800"]


def test_what_anybody_s_cache_may_hold_is_read_through_the_cdn(cached: GcsStore) -> None:
    before = int(time.time())
    url = asyncio.run(cached.download_url("cache/files/ab.webp", 600))
    expires = int(parse_qs(urlsplit(url).query)["Expires"][0])
    assert before + 600 <= expires <= time.time() + 600
    assert url == CDN.url("shop/cache/files/ab.webp", expires)


@pytest.mark.parametrize("name", ["customers/images/ab", "uploads/cache/files/ab", "cache/masks/ab"])
def test_nothing_else_is(cached: GcsStore, name: str) -> None:
    url = asyncio.run(cached.download_url(name, 600))
    assert urlsplit(url).netloc == "storage.googleapis.com"
    assert_signed(url, "GET", {})


@pytest.mark.parametrize("name", ["cache/files/../secret", "cache/files/a b"])
def test_the_cdn_is_given_names_alone(cached: GcsStore, name: str) -> None:
    with pytest.raises(ValueError, match="no object's name"):
        asyncio.run(cached.download_url(name, 600))


def test_uploads_do_not_pass_the_cdn(cached: GcsStore) -> None:
    url = asyncio.run(cached.upload_url("uploads/ab", "image/jpeg", 500, 60))
    assert urlsplit(url).netloc == "storage.googleapis.com"
