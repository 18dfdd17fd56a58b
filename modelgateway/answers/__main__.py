"""`python -m modelgateway.answers FILE [COUNT]`: look into a ledger where the console is not, as in the gateway's pod."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from modelgateway.answers.inspection import LedgerError, newest, overview

_USAGE = "usage: python -m modelgateway.answers FILE [NUMBER OF NEWEST ANSWERS]\n"


def main(arguments: list[str]) -> int:
    """Print the ledger's overview and its newest answers as JSON."""
    wrong_usage = 2
    if len(arguments) not in (1, 2) or (len(arguments) == wrong_usage and not arguments[1].isdecimal()):
        sys.stderr.write(_USAGE)
        return wrong_usage
    file = Path(arguments[0])
    try:
        shown = [asdict(one) for one in newest(file, int(arguments[1]))] if len(arguments) > 1 else []
        sys.stdout.write(json.dumps({**overview(file).to_json(), "newest": shown}, indent=2, ensure_ascii=False) + "\n")
    except LedgerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
