"""A store in a bucket of Google Cloud Storage: the only importer of google.cloud."""

from gateway.store.gcs.cdn import CloudCdn
from gateway.store.gcs.gcs import GcsStore

__all__ = ["CloudCdn", "GcsStore"]
