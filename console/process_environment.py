"""The environment that the console was started in. Nothing else of the console reads `os.environ`."""

import os
from collections.abc import MutableMapping


def process_environment() -> MutableMapping[str, str]:
    """Return the variables of this process; what is set in it is set for the programs that the console starts."""
    return os.environ
