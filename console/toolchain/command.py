"""The tool chain as found: where the CLI is, which version, how it came here."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from console.toolchain.versions import Version


class Origin(StrEnum):
    """How the CLI came to be usable."""

    PATH = "found on PATH"
    DATA_FOLDER = "kept in the data folder"
    INSTALLED = "installed by the official installer"
    BUILT = "built from its Go module"


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """`root/bin` holds the CLI, or a link to one that lies elsewhere."""

    root: Path
    version: Version
    origin: Origin

    @property
    def folder(self) -> Path:
        """The folder to put first on PATH."""
        return self.root / "bin"

    @property
    def cli(self) -> Path:
        """The Pulumi CLI."""
        return self.folder / "pulumi"
