"""What services and their tools get of the environment of whoever starts them. Nothing else of this package reads `os.environ`."""

import os
from pathlib import Path


def passed_on(*names: str) -> dict[str, str]:
    """Return those of the named variables that are set. Nothing else goes on: a variable may hold a secret."""
    return {name: os.environ[name] for name in names if name in os.environ}


def java_home() -> Path | None:
    """Return the Java that the user chose, if any."""
    home = os.environ.get("JAVA_HOME")
    return Path(home) if home else None
