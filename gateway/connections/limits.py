"""What a connection may cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionLimits:
    """Sizes in bytes, times in seconds."""

    connections: int = 1000
    """At once; those beyond are told to come back, those beyond twice as many are dropped."""
    head_bytes: int = 32 * 1024
    """Of a request's line and header fields; also of whatever else is neither head nor body, such as trailers."""
    fields: int = 100
    """Header fields of a request."""
    url_bytes: int = 8 * 1024
    head_seconds: float = 10.0
    """From a connection's opening, later from a head's first byte, to the head's end."""
    idle_seconds: int = 75
    """Between two requests."""
    write_seconds: float = 60.0
    """In which a client that lags behind its answer takes at least `write_bytes` of it."""
    write_bytes: int = 64 * 1024
    linger_seconds: float = 30.0
    """For a client that is still sending what nobody will read, to find the answer."""
    pipelined: int = 16
    """Requests sent ahead of their turn."""
