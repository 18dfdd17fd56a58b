"""The link to a Pulumi CLI that lies elsewhere."""

import os
from pathlib import Path


def link_cli(folder: Path, cli: Path) -> None:
    """Make `folder/pulumi` point at a CLI of somebody else's installation, which itself stays as it is.

    `cli` must not be the link itself, nor lead through it.
    """
    link = folder / "pulumi"
    if link.is_symlink() and link.readlink() == cli:
        return
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".pulumi.{os.getpid()}.link"
    partial.unlink(missing_ok=True)
    partial.symlink_to(cli)
    partial.replace(link)
