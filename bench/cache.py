"""How fast kept results are given: `scripts/bench cache [--seconds 10]`; wrk must be installed (apt-get install wrk).

One service on one process, its store a folder; wrk on the same machine, so its share of the cores counts against the service.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import httpx

from bench import phone
from bench.running import running_service

POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "multipart/form-data; boundary=b"
local head = "Content-Disposition: form-data; name=\\"file\\"; filename=\\"p.jpg\\"\\r\\nContent-Type: image/jpeg"
local file = io.open("{photo}", "rb")
wrk.body = "--b\\r\\n" .. head .. "\\r\\n\\r\\n" .. file:read("*a") .. "\\r\\n--b--\\r\\n"
"""
CONDITIONAL = "wrk.headers[\"If-None-Match\"] = '{tag}'\n"


def wrk(url: str, script: str, folder: Path, seconds: int, connections: int) -> str:
    """Requests per second, the median and the 99th percentile of the latency, and what failed."""
    path = folder / "script.lua"
    path.write_text(script)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", path, url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+(\S+)", said)
    percentiles = dict(re.findall(r"(50|99)%\s+(\S+)", said))
    failed = re.findall(r"Non-2xx.*|Socket errors.*", said)
    return f"{rate[1] if rate else '?':>9}/s  p50 {percentiles.get('50')}  p99 {percentiles.get('99')}  {'; '.join(failed)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument(
        "--megapixels", type=float, default=0.15, help="of the photo; 0.15 gives a result of about 300 KB"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = folder / "photo.jpg"
        photo.write_bytes(phone.file(options.megapixels))
        with running_service(CUTOUT_STORE=str(folder / "store")) as running:
            process = f"{running.url}/api/v2/process"
            files = {"file": photo.read_bytes()}
            first = httpx.post(process, files=files, timeout=60)
            asked = {"encoding": "url", "output_format": "png"}
            answer = httpx.post(process, files=files, params=asked, headers={"Accept": "application/json"}, timeout=60)
            address = running.url + answer.json()["image"]
            body = httpx.get(address)
            print(
                f"photo {photo.stat().st_size} bytes, result {len(body.content)} bytes, then {first.headers['x-cache']}"
            )
            tag = CONDITIONAL.format(tag=body.headers["etag"])
            for title, url, script, connections in (
                ("GET of a result", address, "", 4),
                ("GET of a result", address, "", 16),
                ("GET, 304", address, tag, 4),
                ("POST, kept", process, POST.format(photo=photo), 4),
                ("POST, 304", process, POST.format(photo=photo) + tag, 4),
            ):
                print(f"{title:18}{connections:4} connections {wrk(url, script, folder, options.seconds, connections)}")


if __name__ == "__main__":
    main()
