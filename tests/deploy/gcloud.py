#!/usr/bin/env python3
"""Stands in for gcloud, which cannot run here: `run services` on one service, kept in the file that GCLOUD_STATE names.

The state is what `describe` shows, with `addresses` (by revision, where its tag leads), `calls`, and `refuse` (a command that
fails) and `stuck` (traffic does not move). It understands what deploy/release.py asks for and nothing else.
"""

import json
import os
import sys
from pathlib import Path

STATE = Path(os.environ["GCLOUD_STATE"])


def main(command: str, *arguments: str) -> int:
    state = json.loads(STATE.read_text())
    named = [each for each in arguments if not each.startswith("--")]
    options = dict(each.removeprefix("--").split("=", 1) for each in arguments if "=" in each)
    state["calls"].append([command, *(Path(each).suffix or each for each in named)])
    assert (options["project"], options["region"]) == ("shop", "europe-west4")
    if command == state["refuse"]:
        print("ERROR: the revision is not ready: quota exceeded", file=sys.stderr)
        return 1
    if command == "describe":
        print(json.dumps({"status": state["status"]}))
    elif command == "replace":
        state["manifest"] = Path(named[0]).read_text()
        state["status"]["traffic"] = [
            {"revisionName": state["serving"], "percent": 100},
            {"revisionName": "cutout-new", "tag": "next", "url": state["addresses"]["tag"]},
        ]
    elif command == "update-traffic" and not state["stuck"]:
        revision = options["to-revisions"].removesuffix("=100")
        state["status"]["traffic"][0] = {"revisionName": revision, "percent": 100}
        state["status"]["url"] = state["addresses"].get(revision, state["status"]["url"])
    STATE.write_text(json.dumps(state))
    return 0


if __name__ == "__main__":
    assert sys.argv[1:3] == ["run", "services"]
    sys.exit(main(*sys.argv[3:]))
