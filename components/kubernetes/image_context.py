"""What a Flink image with a bundle's jars is built from: the plain image's folder, the locked jars, and the files of functions.

The jars of connectors are fetched by the build, by the same script and with the same checks as Flink's own extensions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from components.bundle_jars import SET
from components.kubernetes.image import FLINK_FOLDER, ImageSource, flink_image_source
from components.names import PROJECT_FOLDER
from embedded.data_folder import write_atomically
from embedded.jars import Jar
from flinksql.sql import BundleJar
from options.flink_lines import FlinkLine

FOLDER = "flink-image"
"""Below the data folder. One for a project: a run writes it anew where something differs."""
LOCK, FUNCTIONS = "bundle.lock", "functions"
LABEL = "flink-reviews.jars"
"""The label of an image that tells which jars are in it: their SHA-256, in hexadecimal digits with spaces between."""


def jars_label(jars: Sequence[Jar], functions: Mapping[str, BundleJar]) -> str:
    """Return the value of the label for these jars."""
    return " ".join(sorted({*(jar.sha256 for jar in jars), *(jar.sha256 for jar in functions.values())}))


def image_source_with(line: FlinkLine, jars: Sequence[Jar], functions: Mapping[str, BundleJar], data_folder: Path) -> ImageSource:
    """Return what the image of a Flink line is built from, with a bundle's jars. Without any it is the plain one, and nothing is written.

    The context is written below the data folder. Raises OSError where that cannot be done.
    """
    plain = flink_image_source(line)
    if not jars and not functions:
        return plain
    folder = data_folder / FOLDER
    write_context(folder, jars, functions)
    # Relative, as the plain one: the engine records the path, and no change of the image is a checkout in another place.
    context = folder.relative_to(PROJECT_FOLDER).as_posix() if folder.is_relative_to(PROJECT_FOLDER) else str(folder)
    return replace(
        plain,
        context=context,
        dockerfile=f"{context}/Dockerfile",
        contents=(FOLDER,),
        arguments={**plain.arguments, "BUNDLE_JARS": jars_label(jars, functions)},
        root=data_folder,
    )


def write_context(folder: Path, jars: Sequence[Jar], functions: Mapping[str, BundleJar]) -> None:
    """Write the context into a folder. What is in it already stays untouched where it is right, and goes where nothing wants it."""
    wanted: dict[Path, bytes] = {Path(file.name): file.read_bytes() for file in _plain_files()}
    wanted[Path(LOCK)] = "".join(f"{jar.line(SET)}\n" for jar in jars).encode()
    # Docker copies a folder only where there is one.
    wanted[Path(FUNCTIONS, ".keep")] = b""
    wanted |= {Path(FUNCTIONS) / jar.place: jar.file.read_bytes() for jar in functions.values()}
    for file in folder.rglob("*") if folder.is_dir() else ():
        if file.is_file() and file.relative_to(folder) not in wanted:
            file.unlink()
    for name, content in wanted.items():
        file = folder / name
        if not file.is_file() or file.read_bytes() != content:
            write_atomically(file, content)


def _plain_files() -> Iterator[Path]:
    return (file for file in sorted((PROJECT_FOLDER / FLINK_FOLDER).iterdir()) if file.is_file())
