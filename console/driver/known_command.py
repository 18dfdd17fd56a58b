"""The Automation API's CLI without its question for the version, which the tool chain has asked already: a start of the CLI for nothing."""

from pulumi.automation import PulumiCommand
from semver import VersionInfo

from console.toolchain.command import Toolchain


class KnownCommand(PulumiCommand):
    """The CLI of a tool chain. That its version fits the Automation API is what makes a tool chain usable (console.toolchain.versions)."""

    def __init__(self, toolchain: Toolchain) -> None:
        # Not the base class's, which runs `pulumi version`.
        self.command = str(toolchain.cli)
        self.version = VersionInfo(*toolchain.version)
