"""The version of the CLI in the data folder, asked for once: a start of the CLI for nothing else is a fifth of a second of a core.

It is noted beside the file with what the file was then, so another file is asked again. One on PATH is always asked: it may be a script
that chooses among several.
"""

import platform
import sys
from contextlib import suppress
from pathlib import Path

from console.toolchain.programs import version_of
from console.toolchain.versions import Version, parse_version
from embedded.data_folder import write_atomically

_IS = " is "


def note_of(cli: Path) -> Path:
    """Return the file beside a CLI that says its version."""
    return cli.with_name(f".{cli.name}.version")


def remembered_version(cli: Path) -> Version | None:
    """Return the version of a CLI that is a file of our own; None when it fails, hangs or prints none."""
    about, note = cli.stat(), note_of(cli)
    # A data folder that was copied to another machine has a file that does not run there.
    same = f"{sys.platform} {platform.machine()} {about.st_size} {about.st_mtime_ns}"
    with suppress(OSError, UnicodeDecodeError):
        noted, _, text = note.read_text(encoding="utf-8").partition(_IS)
        if noted == same and (known := parse_version(text)):
            return known
    version = version_of(cli, "version")
    if version is not None:
        with suppress(OSError):
            write_atomically(note, f"{same}{_IS}{version}\n")
    return version
