"""The environment variables that services and their tools inherit. Nothing else in this package reads `os.environ`."""

import os
from pathlib import Path


def passed_on(*names: str) -> dict[str, str]:
    """Return those of the named variables that are set. No other is passed on: a variable may hold a secret."""
    return {name: os.environ[name] for name in names if name in os.environ}


def java_home() -> Path | None:
    """Return the Java that the user chose, if any."""
    home = os.environ.get("JAVA_HOME")
    return Path(home) if home else None
