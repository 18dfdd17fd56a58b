"""Where the CLI comes from: PATH, then the data folder, then the official installer, then a build from the Go module."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.process_environment import process_environment
from console.toolchain import official
from console.toolchain.build import build
from console.toolchain.command import Origin, Toolchain
from console.toolchain.link import link_cli
from console.toolchain.programs import version_of
from console.toolchain.remembered import remembered_version
from console.toolchain.versions import CLI_MINIMUM, GO_MINIMUM, Version, cli_is_usable, go_is_usable
from embedded.locks import file_lock

LINKS = "toolchain"
"""In the data folder: `bin` in it holds the link to a CLI that lies elsewhere."""

_ANOTHER_BUILDS_SECONDS = 1800
"""A build beside other work on a small machine took 20 minutes."""


def find(data_folder: Path) -> Toolchain | None:
    """Return the CLI that is already here, or None. An installation outside the data folder is linked to, never touched."""
    for cli in _on_path(data_folder):
        version = version_of(cli, "version")
        if version is not None and cli_is_usable(version):
            return _linked(data_folder, cli, version)
    kept = _kept(data_folder)
    version = remembered_version(kept) if kept else None
    return Toolchain(root=data_folder, version=version, origin=Origin.DATA_FOLDER) if version and cli_is_usable(version) else None


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
        return _chosen(data_folder, Origin.INSTALLED)
    say(f"the official installer did not work: {refusal}")
    if not go_is_usable(version_of("go", "version")):
        raise no_toolchain(refusal)
    build(data_folder / "bin", say)
    return _chosen(data_folder, Origin.BUILT)


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


def _on_path(data_folder: Path) -> Iterator[Path]:
    """Yield each `pulumi` on PATH that is not one of this project's own.

    The shell of a user who evaluated `environment` once has a folder of ours on PATH, and so may that of a user with two checkouts. A link
    that a project made is therefore followed to what it points to: linked to instead, two projects could end up pointing at each other.
    """
    own = data_folder.resolve()
    for entry in process_environment().get("PATH", "").split(os.pathsep):
        found = shutil.which("pulumi", path=entry) if entry else None
        if found is None:
            continue
        cli = _behind_links_of_projects(Path(found).absolute())
        if not cli.resolve().is_relative_to(own) and not cli.is_relative_to(own):
            yield cli


def _behind_links_of_projects(cli: Path) -> Path:
    # `which` found it executable, so the chain of links ends.
    while cli.is_symlink() and cli.parent.parts[-2:] == (LINKS, "bin"):
        cli = cli.parent / cli.readlink()
    return cli


def _kept(data_folder: Path) -> Path | None:
    """Return the CLI that was built or installed into the data folder."""
    cli = data_folder / "bin" / "pulumi"
    return cli if cli.is_file() else None


def _linked(data_folder: Path, cli: Path, version: Version) -> Toolchain:
    toolchain = Toolchain(root=data_folder / LINKS, version=version, origin=Origin.PATH)
    link_cli(toolchain.folder, cli)
    return toolchain


def _chosen(data_folder: Path, origin: Origin) -> Toolchain:
    cli = data_folder / "bin" / "pulumi"
    version = version_of(cli, "version")
    if version is None:
        raise ConsoleError(
            "the Pulumi CLI was put into the data folder but does not run there",
            advice=f"delete {cli.parent} and run the command again",
            exit_code=ExitCode.TOOLCHAIN,
        )
    return Toolchain(root=data_folder, version=version, origin=origin)
