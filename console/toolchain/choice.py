"""Where the CLI comes from: PATH, then the data folder, then the official installer, then a build from the Go module."""

import shutil
from collections.abc import Callable
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.toolchain import official
from console.toolchain.build import build
from console.toolchain.command import Origin, Toolchain
from console.toolchain.launcher import link_cli, write_launcher
from console.toolchain.programs import version_of
from console.toolchain.versions import CLI_MINIMUM, GO_MINIMUM, Version, cli_is_usable, go_is_usable
from embedded.locks import file_lock

_ANOTHER_BUILDS_SECONDS = 1800
"""A build beside other work on a small machine took 20 minutes."""


def find(data_folder: Path) -> Toolchain | None:
    """Give the CLI that is already here, or None. A foreign installation is linked to, never touched."""
    for cli, origin in ((_on_path(data_folder), Origin.PATH), (_kept(data_folder), Origin.DATA_FOLDER)):
        version = version_of(cli, "version") if cli else None
        if cli is not None and version is not None and cli_is_usable(version):
            return _prepare(data_folder, cli, version, origin)
    return None


def ensure(data_folder: Path, say: Callable[[str], None]) -> Toolchain:
    """Give a usable CLI, installed or built when none is here. Raises ConsoleError naming the three ways when none can be had."""
    found = find(data_folder)
    if found is not None:
        return found
    # Two commands at once would build the same thing twice, each in twice the time.
    with file_lock(data_folder / "locks" / "toolchain.lock", timeout_seconds=_ANOTHER_BUILDS_SECONDS):
        return find(data_folder) or _make(data_folder, say)


def _make(data_folder: Path, say: Callable[[str], None]) -> Toolchain:
    refusal = official.install(data_folder, say)
    if not refusal:
        return _settled(data_folder, Origin.INSTALLED)
    say(f"the official installer did not work: {refusal}")
    if not go_is_usable(version_of("go", "version")):
        raise no_toolchain(refusal)
    build(data_folder / "bin", say)
    return _settled(data_folder, Origin.BUILT)


def no_toolchain(refusal: str) -> ConsoleError:
    """Give the message when every way is closed."""
    return ConsoleError(
        f"no Pulumi CLI {CLI_MINIMUM} or newer (same major) is on PATH, the official installer failed ({refusal}), "
        f"and there is no Go {GO_MINIMUM} or newer to build one",
        advice=(
            "any one of these is enough:\n"
            f"  1. install Pulumi {CLI_MINIMUM} or newer and put it on PATH: https://www.pulumi.com/docs/install\n"
            "  2. let this machine reach the installer's host (a proxy goes into HTTPS_PROXY) and run the command again\n"
            f"  3. install Go {GO_MINIMUM} or newer; the CLI is then built once from its pinned module"
        ),
        exit_code=ExitCode.TOOLCHAIN,
    )


def _on_path(data_folder: Path) -> Path | None:
    """Give the first `pulumi` on PATH that is not one of ours."""
    found = shutil.which("pulumi")
    if found is None or Path(found).resolve().is_relative_to(data_folder.resolve()):
        return None
    return Path(found).absolute()


def _kept(data_folder: Path) -> Path | None:
    """Give the CLI that was built or installed into the data folder."""
    cli = data_folder / "bin" / "pulumi"
    return cli if cli.is_file() else None


def _prepare(data_folder: Path, cli: Path, version: Version, origin: Origin) -> Toolchain:
    toolchain = Toolchain(root=data_folder / "toolchain", version=version, origin=origin)
    link_cli(toolchain.folder, cli)
    write_launcher(toolchain.folder)
    return toolchain


def _settled(data_folder: Path, origin: Origin) -> Toolchain:
    cli = data_folder / "bin" / "pulumi"
    version = version_of(cli, "version")
    if version is None:
        raise ConsoleError(
            "the Pulumi CLI was put into the data folder but does not run there",
            advice=f"delete {cli.parent} and run the command again",
            exit_code=ExitCode.TOOLCHAIN,
        )
    return _prepare(data_folder, cli, version, origin)
