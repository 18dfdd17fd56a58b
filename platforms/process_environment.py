"""The environment of the process that runs the program, or a command. Nothing else of this package reads `os.environ`."""

import os
from collections.abc import Mapping


def process_environment() -> Mapping[str, str]:
    """Return the variables of this process."""
    return os.environ
