"""The log: structlog's lines and the standard library's in one format on standard error."""

from gateway.logs.setup import configure

__all__ = ["configure"]
