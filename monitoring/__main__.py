"""Makes what is made of other files: `python -m monitoring`."""

import json
from pathlib import Path
from typing import Any, Final

from monitoring import grafana
from monitoring.dashboard import ROWS
from monitoring.policies import policies

FOLDER: Final = Path(__file__).parent


def made() -> dict[Path, str]:
    """Every file that is made, by its path in the folder of this module."""
    files: dict[Path, dict[str, Any]] = {
        Path("dashboard.json"): grafana.dashboard(ROWS),
        **{Path("cloud") / f"{name}.json": policy for name, policy in policies(FOLDER / "alerts.yaml").items()},
    }
    return {path: json.dumps(content, indent=1, ensure_ascii=False) + "\n" for path, content in files.items()}


def main() -> None:
    for path, text in made().items():
        (FOLDER / path).write_text(text)


if __name__ == "__main__":
    main()
