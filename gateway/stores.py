"""The store that the settings name, ready and looked after."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.background import in_background
from gateway.settings import OFF, Settings, SettingsError
from gateway.store.directory import DirectoryStore
from gateway.store.store import Store


def own_folder(environ: Mapping[str, str]) -> str:
    """Where a service keeps things that was told nothing: below $XDG_DATA_HOME or ~/.local/share; off where that cannot be."""
    base, home = environ.get("XDG_DATA_HOME", ""), environ.get("HOME", "")
    if not base and not home:
        return OFF
    folder = (Path(base) if base else Path(home) / ".local" / "share") / "inspyrenet-service" / "store"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home, as in a container: nobody asked for a store there
        return OFF
    return str(folder) if os.access(folder, os.W_OK) else OFF


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store | None]:
    """None where `settings.store` is off. Raises StoreError for a store that cannot be used, SettingsError for what is none."""
    if settings.store == OFF:
        yield None
        return
    if "://" in settings.store:
        async with _bucket(settings) as bucket:
            yield bucket
        return
    store = DirectoryStore(Path(settings.store), settings.store_bytes)
    store.open()
    try:
        async with in_background(store.keep_tidy):
            yield store
    finally:
        store.close()


@asynccontextmanager
async def _bucket(settings: Settings) -> AsyncIterator[Store]:
    address = settings.store
    match = re.fullmatch(r"gs://([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(?:/([A-Za-z0-9_][A-Za-z0-9/._-]*))?", address)
    if match is None:
        raise SettingsError(f"CUTOUT_STORE must be a folder, gs://bucket, gs://bucket/prefix or {OFF}, not {address!r}")
    from gateway.store.gcs import CloudCdn, GcsStore  # a second and 40 MB, for those who need it

    name, prefix = match.groups()
    cdn = CloudCdn(settings.cdn_url, settings.cdn_key_name, settings.cdn_key) if settings.cdn_url else None
    store = await asyncio.to_thread(GcsStore, name, f"{prefix.rstrip('/')}/" if prefix else "", cdn=cdn)
    try:
        await asyncio.to_thread(store.open)
        yield store
    finally:
        store.close()
