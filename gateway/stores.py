"""The store that the settings name, ready and looked after."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from gateway.background import in_background
from gateway.settings import OFF, Settings, SettingsError
from gateway.store.directory import DirectoryStore
from gateway.store.store import Store

_FOLDER: Final = Path("inspyrenet-service") / "store"


def own_folder(environ: Mapping[str, str]) -> str:
    """Where a machine's own service keeps things: below $XDG_DATA_HOME, else ~/.local/share; off without a home."""
    if base := environ.get("XDG_DATA_HOME", ""):
        return str(Path(base) / _FOLDER)
    home = environ.get("HOME", "")
    return str(Path(home) / ".local" / "share" / _FOLDER) if home else OFF


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store | None]:
    """None where `settings.store` is off. Raises StoreError for a store that cannot be used, SettingsError for what is none."""
    if settings.store == OFF:
        yield None
        return
    if "://" in settings.store:
        raise SettingsError(f"CUTOUT_STORE must be a folder or {OFF}, not {settings.store!r}")
    store = DirectoryStore(Path(settings.store), settings.store_bytes)
    store.open()
    try:
        async with in_background(store.keep_tidy):
            yield store
    finally:
        store.close()
