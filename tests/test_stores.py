"""Which store a service has."""

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.finish import File
from gateway.pictures.picture import Box
from gateway.published import Published
from gateway.settings import OFF, Settings, SettingsError
from gateway.store.directory import DirectoryStore
from gateway.store.errors import StoreError
from gateway.store.gcs import GcsStore
from gateway.store.store import Store
from gateway.stores import opened, own_folder
from tests.store.emulator import BUCKET, running_emulator


def chosen(settings: Settings) -> Store | None:
    async def scenario() -> Store | None:
        async with opened(settings) as store:
            if store is not None:
                await store.put("kept/a", b"body", media_type="text/plain")
            return store

    return asyncio.run(scenario())


@pytest.mark.parametrize(("name", "below"), [("XDG_DATA_HOME", ""), ("HOME", ".local/share")])
def test_a_service_that_was_told_nothing_has_a_folder_of_its_own(tmp_path: Path, name: str, below: str) -> None:
    folder = own_folder({name: str(tmp_path / "new")})
    assert Path(folder) == tmp_path / "new" / below / "inspyrenet-service" / "store"
    assert Path(folder).is_dir()


def test_without_a_home_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert own_folder({}) == own_folder({"HOME": str(tmp_path / "file")}) == OFF


def test_off_is_none() -> None:
    assert chosen(Settings()) is None


def test_a_folder_is_a_store(tmp_path: Path) -> None:
    assert isinstance(chosen(Settings(store=str(tmp_path / "store"))), DirectoryStore)
    assert (tmp_path / "store" / "objects" / "kept" / "a~").is_file()


def test_what_cannot_be_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="missing"):
        chosen(Settings(store=str(tmp_path / "missing" / "store")))
    with pytest.raises(SettingsError, match="CUTOUT_STORE"):
        chosen(Settings(store="s3://bucket"))


@pytest.mark.parametrize("prefix", ["", "/shop", "/shop/a/"])
def test_a_bucket_is_a_store(tmp_path: Path, prefix: str) -> None:
    with running_emulator(tmp_path):
        assert isinstance(chosen(Settings(store=f"gs://{BUCKET}{prefix}")), GcsStore)
        with pytest.raises(StoreError, match="no bucket nowhere"):
            chosen(Settings(store="gs://nowhere"))


def test_a_bucket_s_finished_files_are_read_through_its_cdn(tmp_path: Path) -> None:
    settings = Settings(
        store=f"gs://{BUCKET}/shop", cdn_url="https://cdn.example", cdn_key_name="key-1", cdn_key=b"0123456789abcdef"
    )
    file = File("color", b"picture", hashlib.sha256(b"picture").hexdigest(), 1, 1, Box(0, 0, 1, 1))

    async def scenario() -> str:
        async with opened(settings) as store:
            assert store is not None
            return await Published(store, 60).url(file, "image/webp")

    with running_emulator(tmp_path):
        url = asyncio.run(scenario())
    assert url.startswith(f"https://cdn.example/shop/cache/files/{file.digest}.webp?Expires=")
    assert int(parse_qs(urlsplit(url).query)["Expires"][0]) % 3600 == 0
    assert "&KeyName=key-1&Signature=" in url


@pytest.mark.parametrize("address", ["gs://", "gs://UPPER", "gs://bucket/../x y", "gs:/bucket/", "gs://b"])
def test_what_is_no_bucket(address: str) -> None:
    with pytest.raises((SettingsError, StoreError)):
        chosen(Settings(store=address))
