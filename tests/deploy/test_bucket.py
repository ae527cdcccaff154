"""The bucket's own configuration: what deletes what, and who may ask; read by Google's client, applied to a bucket."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.cloud import storage
from google.cloud.storage.bucket import LifecycleRuleDelete

from gateway.customers.uploads import KEPT, SECONDS, UPLOADS

DEPLOY = Path(__file__).parents[2] / "deploy"


def read(name: str) -> Any:
    return json.loads((DEPLOY / name).read_text())


def test_what_is_over_is_deleted_a_day_later_and_no_upload_before_its_time() -> None:
    rules = read("gcs-lifecycle.json")["rule"]
    deleting = [
        LifecycleRuleDelete.from_api_repr(each)["condition"] for each in rules if each["action"]["type"] == "Delete"
    ]
    over, uploads = deleting
    assert over == {"daysSinceCustomTime": 1}
    assert uploads["matchesPrefix"] == [UPLOADS]
    assert timedelta(days=uploads["age"]) > KEPT + timedelta(seconds=2 * SECONDS)


def test_a_page_may_put_a_picture_and_read_it() -> None:
    (rule,) = read("gcs-cors.json")
    assert {"GET", "HEAD", "PUT"} == set(rule["method"])
    assert "Content-Type" in rule["responseHeader"]
    assert all(origin.startswith("https://") and "*" not in origin for origin in rule["origin"])


def test_a_bucket_takes_both() -> None:
    bucket = storage.Client.create_anonymous_client().bucket("pictures")
    bucket.lifecycle_rules = read("gcs-lifecycle.json")["rule"]
    bucket.cors = read("gcs-cors.json")
    assert len(list(bucket.lifecycle_rules)) == 3
    assert bucket.cors == read("gcs-cors.json")
