"""`python -m modelgateway`: start the gateway; exit code 2 with one line when it cannot start."""

import sys

from modelgateway.arguments import parse_arguments
from modelgateway.errors import SettingsError
from modelgateway.server import serve


def main() -> int:
    """Run the gateway from the command line."""
    try:
        serve(parse_arguments(sys.argv[1:]))
    except SettingsError as error:
        sys.stderr.write(f"modelgateway: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
