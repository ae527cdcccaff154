"""A bucket's emulator in a process of its own: `python emulator_process.py PORT FAULTS`.

gcp-storage-emulator does not look at preconditions, so they are enforced here as the real service does. FAULTS is a file in
JSON, read at each request: `latency` seconds before the answer, `status` instead of it, `lose` the answer after the work,
`denied` permissions.
"""

import io
import json
import sys
import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.handlers import buckets
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

asked = threading.local()
CONDITIONS = {"generation": "ifGenerationMatch", "metageneration": "ifMetagenerationMatch"}


class PreconditionFailed(Exception):
    pass


class Strict(Storage):
    """Looks at ifGenerationMatch and, of patches, at ifMetagenerationMatch."""

    lock = threading.RLock()

    def create_file(self, bucket_name, file_name, content, file_obj, file_id=None):
        with self.lock:
            self.check(bucket_name, file_name)
            return super().create_file(bucket_name, file_name, content, file_obj, file_id)

    def delete_file(self, bucket_name, file_name):
        with self.lock:
            self.check(bucket_name, file_name)
            return super().delete_file(bucket_name, file_name)

    def check(self, bucket_name, file_name):
        try:
            there = self.get_file_obj(bucket_name, file_name)
        except NotFound:
            there = {"generation": "0", "metageneration": "0"}
        for name, wanted in asked.wanted.items():
            if wanted != there[name]:
                raise PreconditionFailed


class Handler(RequestHandler):
    def __init__(self, faults, storage, *args):
        self.faults, self.strict = faults, storage
        super().__init__(storage, *args)

    def _handled(self, method):
        faults = json.loads(self.faults.read_text() or "{}")
        url = urlparse(self.path)
        query = parse_qs(url.query)
        asked.wanted = {name: query[given][0] for name, given in CONDITIONS.items() if given in query}
        time.sleep(faults.get("latency", 0))
        if "status" in faults:
            return self._said(faults["status"], {"error": {"message": "a fault", "code": faults["status"]}})
        if url.path.endswith("/iam/testPermissions") and "denied" in faults:
            return self._permitted(url, faults["denied"])
        if faults.get("lose") and self.command in ("POST", "PUT", "PATCH", "DELETE"):
            self.wfile = io.BytesIO()  # the work is done, the answer lost
            self.close_connection = True
        try:
            method()
        except PreconditionFailed:
            self._said(412, {"error": {"message": "conditionNotMet", "code": 412}})

    def _permitted(self, url, denied):
        wanted = parse_qs(url.query).get("permissions", [])
        self._said(200, {"permissions": [each for each in wanted if each not in denied]})

    def _said(self, status, content):
        body = json.dumps(content).encode()
        length = int(self.headers.get("Content-Length") or 0)
        if length and status != 412:
            self.rfile.read(length)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self._handled(super().do_GET)

    def do_POST(self):
        self._handled(super().do_POST)

    def do_PUT(self):
        self._handled(super().do_PUT)

    def do_PATCH(self):
        self._handled(self._patched)

    def _patched(self):
        _, _, path = urlparse(self.path).path.partition("/b/")
        bucket, _, name = path.partition("/o/")
        with self.strict.lock:
            self.strict.check(bucket, unquote(name))
            super().do_PATCH()

    def do_DELETE(self):
        self._handled(super().do_DELETE)


def main():
    port, faults = int(sys.argv[1]), Path(sys.argv[2])
    storage = Strict(use_memory_fs=True)
    buckets.create_bucket("pictures", storage)
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, faults, storage))
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
