"""Google's exceptions, and what they mean here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption  # type: ignore[import-untyped]
from requests import exceptions as http

from gateway.errors import StoreUnavailable
from gateway.store.store import Changed

_log = structlog.get_logger(__name__)

AWAY: Final = (
    api.ServerError,
    api.TooManyRequests,
    api.RetryError,
    http.RequestException,
    DataCorruption,
    auth.TransportError,
)
"""It may be there again soon."""
REFUSED: Final = (api.Forbidden, api.Unauthorized, auth.GoogleAuthError)


@contextmanager
def translated() -> Iterator[None]:
    """Turns the client's exceptions into Changed and StoreUnavailable; the log gets the cause, clients our words."""
    try:
        yield
    except api.PreconditionFailed as error:
        raise Changed from error
    except AWAY as error:  # one of them is an error of credentials, too
        _log.warning("the store is away", cause=repr(error)[:500])
        raise StoreUnavailable("The store does not answer at the moment; try again shortly.") from error
    except REFUSED as error:
        _log.warning("the store refuses us", cause=repr(error)[:500])
        raise StoreUnavailable("The store may not be used at the moment.") from error
    except api.GoogleAPICallError as error:
        _log.error("the store does not do what it is asked for", cause=repr(error)[:500])
        raise StoreUnavailable("The store failed; try again shortly.") from error
