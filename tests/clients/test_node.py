"""Node's own fetch and FormData."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.photos import opened, photo
from tests.service import PROCESS

PROGRAM = """
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { openAsBlob } from "node:fs";
const [url, way] = process.argv.slice(2);
const photo = await readFile("photo.jpg");
const ways = {
  form: async () => { const body = new FormData(); body.append("file", new Blob([photo]), "Bello ä🐱.jpg"); return { body }; },
  file: async () => { const body = new FormData(); body.append("file", await openAsBlob("photo.jpg")); return { body }; },
  buffer: async () => ({ body: photo }),
  blob: async () => ({ body: new Blob([photo], { type: "image/jpeg" }) }),
  stream: async () => ({ body: Readable.toWeb(createReadStream("photo.jpg")), duplex: "half" }),
  json: async () => ({
    body: JSON.stringify({ image: `data:image/jpeg;base64,${photo.toString("base64")}` }),
    headers: { "Content-Type": "application/json" },
  }),
  base64url: async () => ({
    body: JSON.stringify({ image: photo.toString("base64url") }),
    headers: { "Content-Type": "application/json" },
  }),
};
const answer = await fetch(url, { method: "POST", ...await ways[way]() });
await writeFile("answer", Buffer.from(await answer.arrayBuffer()));
console.log(JSON.stringify({ status: answer.status, type: answer.headers.get("content-type") }));
"""


@pytest.mark.parametrize("way", ["form", "file", "buffer", "blob", "stream", "json", "base64url"])
def test_uploads(url: str, tmp_path: Path, way: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo("chelsea"))
    (tmp_path / "program.mjs").write_text(PROGRAM)
    command = ["node", "--no-warnings", "program.mjs", url + PROCESS, way]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == {"status": 200, "type": "image/png"}, (tmp_path / "answer").read_bytes()[:300]
    assert opened((tmp_path / "answer").read_bytes()).size == (451, 300)
