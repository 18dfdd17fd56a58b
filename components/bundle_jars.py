"""The jars that a bundle brings: connectors by Maven coordinates, locked with their checksums, and the files of its functions."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from components.bundle_folder import bundle_folder
from components.endpoints import Endpoints
from embedded.errors import ArtifactError
from embedded.jars import Jar, read_lock
from flinksql.errors import BundleError, StatementError
from flinksql.sql import Bundle, manifest_problem
from flinksql.sql.function_jars import NOT_BROUGHT
from flinksql.sql.manifest import EVERY_LINE, Manifest
from flinksql.statement import Position
from options.flink_lines import FLINK_LINES
from settings import Settings
from settings.project import PROJECT_FOLDER

LOCK = "jars.lock"
"""A file beside the manifest, in the form of the lock of Flink's own jars."""
SET = "bundle"
_NOT_BROUGHT = (
    "jars: this platform cannot bring jars to a Flink that others run. Ask who runs it to put these into the `lib` of SQL Gateway, "
    "JobManager and TaskManagers: {jars}. Then say so: `pulumi config set bundle.jars provided`"
)
_FUNCTIONS_FOLDER = (
    " unless the stack names a folder that both reach by the same path: `pulumi config set external.functionsFolder /mnt/functions`"
)
OTHER_PLANNER = (
    "Flink's planner gets the bundle's jars with this update, so the statements are only read now. `up` validates each before it runs."
)
_COMMAND = "run `python -m console lock-jars`, which fetches it and writes its checksum into {lock}"


def coordinates_of(manifest: Manifest, line: str) -> tuple[str, ...]:
    """Return the coordinates that a manifest names for a Flink line, in its order."""
    found = (one.get(line) or one.get(EVERY_LINE) for one in manifest.jars)
    return tuple(one for one in found if one)


def all_coordinates(manifest: Manifest) -> tuple[str, ...]:
    """Return the coordinates of every Flink line, each once."""
    return tuple(dict.fromkeys(coordinate for one in manifest.jars for coordinate in one.values()))


def locked_jars_of(settings: Settings, bundle: Bundle) -> tuple[Jar, ...]:
    """Return the locked jars of the stack's bundle for its Flink line. It was read, so each of them is locked."""
    coordinates = coordinates_of(bundle.manifest, settings.flink.line)
    if not coordinates or settings.bundle.has_jars_provided:
        return ()
    locked = _locked(bundle_folder(settings.bundle.name, PROJECT_FOLDER))
    return tuple(locked[coordinate] for coordinate in coordinates)


def jar_problems(
    manifest: Manifest, folder: Path, shown: str, line: str, *, brought: bool = True, provided: bool = False
) -> Iterator[StatementError]:
    """Return what is wrong with the jars that a manifest names.

    `brought` tells whether the platform can bring jars to Flink, `provided` that they are in its `lib` as the stack says.
    """
    if not manifest.jars or provided:
        return
    if not brought:
        message = _NOT_BROUGHT.format(jars=", ".join(coordinates_of(manifest, line)) or "none for this line")
        yield manifest_problem(folder, shown, ("jars",), message)
        return
    try:
        locked = _locked(folder)
    except ArtifactError as error:
        yield StatementError(str(error), position=Position(file=f"{shown}/{LOCK}", line=1, column=1))
        return
    for index, one in enumerate(manifest.jars):
        where = ("jars", index)
        for other in sorted(set(one) - {EVERY_LINE, *FLINK_LINES}):
            message = f"jars.{index}: {other} is no Flink line: there are {', '.join(sorted(FLINK_LINES))}"
            yield manifest_problem(folder, shown, where, message)
        coordinate = one.get(line) or one.get(EVERY_LINE)
        if not coordinate:
            message = f"jars.{index}: this stack runs Flink {line}, and no jar is named for it: add `{line}: ...`"
            yield manifest_problem(folder, shown, where, message)
        elif coordinate not in locked:
            message = f"jars.{index}: {coordinate} has no checksum yet: {_COMMAND.format(lock=f'{shown}/{LOCK}')}"
            yield manifest_problem(folder, shown, where, message)


def with_functions_folder(error: BundleError, endpoints: Endpoints) -> BundleError:
    """Return the error with what a stack can do where its platform brings no jars of functions."""
    if endpoints.jars_folder or not any(one.problem.endswith(NOT_BROUGHT) for one in error.problems):
        return error
    told = [
        StatementError(one.problem + _FUNCTIONS_FOLDER, statement=one.statement, position=one.position, excerpt=one.excerpt)
        if one.problem.endswith(NOT_BROUGHT)
        else one
        for one in error.problems
    ]
    return BundleError(told, error.rendered)


def _locked(folder: Path) -> Mapping[str, Jar]:
    """Return the locked jars by their coordinates; none where there is no lock. Raises ArtifactError for a damaged one."""
    file = folder / LOCK
    return {jar.coordinate: jar for jar in read_lock(file).get(SET, ())} if file.is_file() else {}
