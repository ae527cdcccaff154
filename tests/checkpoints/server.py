"""A real HTTP server for one file that misbehaves as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from checkpoints.transfer import Patience

HASTE = Patience(connect=0.5, stall=0.3, tries=3, pause=0.01)


@dataclass
class Published:
    """A file, and how the next requests for it are answered: by `plan`'s entries in turn, then well.

    In the plan a number is a status, ("cut", n) ends the connection after n bytes, ("stall", n) falls silent there,
    ("lie", range) answers 206 with that Content-Range, and "" answers well.
    """

    body: bytes
    ranges: bool = True
    tag: str = '"one"'
    plan: list[object] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    """The Range of each request."""
    url: str = ""
    end: threading.Event = field(default_factory=threading.Event)


@contextmanager
def publishing(body: bytes, **options) -> Iterator[Published]:
    """Serve it at `url`, and at `url/moved` a redirect to it, until the context ends."""
    published = Published(body, **options)
    handler = type("Handler", (_Handler,), {"published": published})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        published.url = f"http://127.0.0.1:{server.server_port}/file.pth"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield published
        finally:
            published.end.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    published: Published

    def do_GET(self) -> None:
        if self.path.endswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.path.removesuffix("/moved"))
            self.end_headers()
            return
        asked = self.headers.get("Range")
        self.published.asked.append(asked)
        step = self.published.plan.pop(0) if self.published.plan else ""
        if isinstance(step, int):
            self.send_error(step)
            return
        self.answer(asked, *(step or ("", 0)))

    def answer(self, asked: str | None, fault: str, where) -> None:
        body, start = self.published.body, 0
        if asked and self.published.ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start and start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.end_headers()
            return
        self.send_response(206 if start or fault == "lie" else 200)
        if start or fault == "lie":
            self.send_header("Content-Range", where if fault == "lie" else f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(where if fault == "announce" else len(body) - start))
        self.send_header("ETag", self.published.tag)
        self.end_headers()
        self.wfile.write(body[start : where if fault in ("cut", "stall") else None])
        if fault == "stall":
            self.published.end.wait(10)

    def log_message(self, *_: object) -> None:
        pass


def names(folder: Path) -> list[str]:
    """What lies in a cache."""
    return sorted(path.name for path in folder.iterdir())
