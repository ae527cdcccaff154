"""A store in a folder of the machine."""

from gateway.store.directory.directory import DirectoryStore, StoreError

__all__ = ["DirectoryStore", "StoreError"]
