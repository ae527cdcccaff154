"""Does an address answer 200? `healthcheck.py URL`, in which variables such as $PORT are filled in. The image has no curl."""

import os
import sys
import urllib.request

SECONDS = 2


def main() -> int:
    """0 for 200 in time, 1 for anything else."""
    address = os.path.expandvars(sys.argv[1])
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - the image's own address
            return int(answer.status != 200)
    except OSError as error:
        print(f"{address}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
