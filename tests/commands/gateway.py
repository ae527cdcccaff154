"""`python -m gateway` that offers other official models: `python -m tests.commands.gateway CATALOGUE ARGUMENT…`.

Its last line on standard error tells whether torch was imported.
"""

import json
import sys
from pathlib import Path

from checkpoints.catalogue import Checkpoint
from gateway.__main__ import main


def offered(path: str) -> dict[str, Checkpoint]:
    entries = json.loads(Path(path).read_text())
    checkpoints = [
        Checkpoint(**entry | {"layout": Path(entry["layout"]), "graph": Path(entry["graph"])}) for entry in entries
    ]
    return {checkpoint.name: checkpoint for checkpoint in checkpoints}


if __name__ == "__main__":
    code = main(sys.argv[2:], offered(sys.argv[1]))
    print(f"torch imported: {'torch' in sys.modules}", file=sys.stderr)
    sys.exit(code)
