"""Cloud CDN's signed addresses, against those that Google publishes with its samples."""

import base64

import pytest

from gateway.store.gcs import CloudCdn

KEY = base64.urlsafe_b64decode("nZtRohdNF9m3cKM24IcK4w==")


@pytest.mark.parametrize(
    ("origin", "path", "expires", "signature"),
    [
        ("http://35.186.234.33", "index.html", 1558131350, "fm6JZSmKNsB5sys8VGr-JE4LiiE="),
        ("http://35.186.234.33", "index.html", 1549751401, "CRFqQnVfFyiUyR63OQf-HRUpIwc="),
        ("http://www.example.com", "", 1549751401, "OqDUFfHpN5Vxga6r80bhsgxKves="),
        ("https://www.google.com", "", 1549751401, "M_QO7BGHi2sGqrJO-MDr0uhDFuc="),
    ],
)
def test_signs_as_google_s_samples_do(origin: str, path: str, expires: int, signature: str) -> None:
    url = CloudCdn(origin, "my-key", KEY).url(path, expires)
    assert url == f"{origin}/{path}?Expires={expires}&KeyName=my-key&Signature={signature}"


def test_the_key_is_not_shown() -> None:
    assert repr(CloudCdn("https://cdn.example", "my-key", KEY)) == (
        "CloudCdn(origin='https://cdn.example', key_name='my-key')"
    )
