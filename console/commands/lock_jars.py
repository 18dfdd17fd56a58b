"""`lock-jars`: fetch the jars that the bundle's manifest names, and write their checksums beside it."""

import typer

from components.bundle_folder import bundle_folder
from components.bundle_jars import LOCK, SET, all_coordinates
from console.session import Session
from embedded import lock
from embedded.data_folder import write_atomically
from flinksql.sql import read_manifest, shown_path
from settings.project import PROJECT_FOLDER


def lock_jars(context: typer.Context) -> None:
    """Fetch the jars under `jars:` of bundle.yaml from the Maven repositories of this machine and write jars.lock with their checksums.

    Commit the file: later runs fetch nothing whose checksum differs.
    """
    session: Session = context.obj
    folder = bundle_folder(session.project().settings().bundle.name)
    shown = shown_path(folder, PROJECT_FOLDER)
    coordinates = all_coordinates(read_manifest(folder, shown))
    write_atomically(folder / LOCK, lock.lock_jars(SET, coordinates))
    session.screen.out.print(f"{shown}/{LOCK}: {len(coordinates)} jars", highlight=False, soft_wrap=True)
