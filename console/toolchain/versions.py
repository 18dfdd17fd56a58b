"""Which versions of the Pulumi CLI and of Go are good enough."""

import re
from typing import NamedTuple


class Version(NamedTuple):
    """A release number. Pre-release tails are cut off: `3.260.0-alpha.1` counts as 3.260.0."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


CLI_MINIMUM = Version(3, 259, 0)
"""The release of the `pulumi` wheel in the lock file; an older CLI is refused by the Automation API."""

GO_MINIMUM = Version(1, 26, 0)
"""What the CLI's own go.mod asks for."""

_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def parse_version(text: str) -> Version | None:
    """Give the first version number in what a program prints (`v3.259.0`, `go version go1.26.8 linux/amd64`), or None."""
    found = _NUMBERS.search(text)
    if found is None:
        return None
    major, minor, patch = found.groups(default="0")
    return Version(int(major), int(minor), int(patch))


def cli_is_usable(version: Version | None) -> bool:
    """Say whether it is the same major as the wheel and not older. Another major speaks another protocol."""
    return version is not None and version.major == CLI_MINIMUM.major and version >= CLI_MINIMUM


def go_is_usable(version: Version | None) -> bool:
    """Say whether this Go can build the CLI."""
    return version is not None and version >= GO_MINIMUM
