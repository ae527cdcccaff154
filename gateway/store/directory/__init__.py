"""A store in a folder of the machine."""

from gateway.store.directory.directory import DirectoryStore

__all__ = ["DirectoryStore"]
