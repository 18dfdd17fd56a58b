"""Reading a folder of `.sql` files, one statement each, and telling all that is wrong with them at once."""

import os
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from flinksql.errors import BundleError, RenderedText, StatementError
from flinksql.sql.bundle import Bundle
from flinksql.sql.catalogs import catalog_problems, catalog_statements, refused_catalog
from flinksql.sql.entry import Entry
from flinksql.sql.expressions import Value
from flinksql.sql.flink_options import checked_option, is_flink_option
from flinksql.sql.function_jars import BundleJar, JarAddress, parameter_of, read_jars
from flinksql.sql.graph import build_graph
from flinksql.sql.header import STATEMENT_NAME
from flinksql.sql.manifest import Manifest
from flinksql.sql.manifest_reader import manifest_problem, read_manifest
from flinksql.sql.names import ObjectKind
from flinksql.sql.options import option_tokens
from flinksql.sql.parameter_types import ParameterType, parse
from flinksql.sql.parameters import Functions, computed_parameters, parameter_values, unread_parameters
from flinksql.sql.place import position_at
from flinksql.sql.placeholders import parameter_names, placeholder_problems, render
from flinksql.sql.prompts import PREFIX, read_prompts, unused_prompts
from flinksql.sql.references import read_references
from flinksql.sql.renames import rename_problems
from flinksql.statement import Position, Statement

SQL = "sql"
SUFFIX = f".{SQL}"
CHECKS = "checks"
"""The folder below a bundle's with queries over the running pipeline."""
FARTHEST = 2
"""Folders above the project's by which a message still names a file."""


def read_bundle(
    folder: Path,
    parameters: Mapping[str, str],
    project_root: Path,
    *,
    given: Mapping[str, str] | None = None,
    functions: Functions | None = None,
    jar_address: JarAddress | None = None,
) -> Bundle:
    """Read all `*.sql` files of a folder; a file's name without `.sql` is the statement's name.

    `parameters` are values of placeholders as they are. Parameters that the manifest declares get their values from `given`, or their
    default; `functions` are what its expressions may call. `jar_address` tells where the SQL Gateway finds a jar of the bundle; without
    it a function cannot name one.

    Raises BundleError with every problem of every file: wrong names, encodings, SQL, placeholders, references, cycles, the manifest.
    Raises ParametersError for values in `given` that the manifest does not allow.
    """
    place = shown_path(folder, project_root)
    files = sorted(file for file in folder.glob("*.sql") if file.is_file()) if folder.is_dir() else []
    if not files:
        found = "holds no .sql file" if folder.is_dir() else "does not exist"
        raise BundleError(
            [StatementError(f"the bundle's folder {place} {found}: put one statement per file there, or name another bundle")]
        )
    entries: list[Entry] = []
    problems: list[StatementError] = unread_files(folder, files, project_root)
    doubtful: list[RenderedText] = []
    try:
        manifest = read_manifest(folder, place)
    except BundleError as error:
        # Without it nobody knows which placeholders there are: each would be told as a mistake of its own.
        raise BundleError([*problems, *error.problems]) from None
    fixed = {name: text for name, text in parameters.items() if name in manifest.parameters}
    settable = {name: text for name, text in fixed.items() if not manifest.parameters[name].value}
    declared = parameter_values(manifest, {**settable, **(given or {})}, bundle_name(folder))
    try:
        prompts = read_prompts(folder, place, manifest)
        known = {name: _value(text, manifest.parameters[name].type) for name, text in fixed.items()}
        computed = computed_parameters(manifest, {**known, **declared}, functions or {}, folder, place)
    except BundleError as error:
        problems += error.problems
        # So that what cannot be read is told once, and not at each statement as a parameter that is not there.
        prompts = {PREFIX + name: name for name in manifest.prompts}
        computed = {name: name for name in manifest.parameters}
    jars, unread = _jars(folder, place)
    problems += unread
    addresses = {parameter_of(path): jar_address(jar) for path, jar in jars.items()} if jar_address else {}
    parameters = {**computed, **parameters, **prompts, **addresses}
    read, unreadable = _read_files(files, parameters, project_root)
    entries += read
    problems += unreadable.problems
    doubtful += unreadable.rendered
    catalogs, wrong_catalogs = _read_catalogs(manifest, folder, place, parameters)
    entries += catalogs
    problems += [*option_problems(manifest, folder, place), *wrong_catalogs]
    if not problems:
        used = frozenset[str]().union(*(parameter_names(entry.statement.text) for entry in entries))
        problems += [*unused_prompts(folder, place, manifest, used), *unread_parameters(folder, place, manifest, used)]
    graph = build_graph(entries, complete=not problems)
    problems += [*graph.problems, *rename_problems(entries)]
    if problems:
        wrong = {problem.position.file for problem in graph.problems if problem.position}
        doubtful += [entry.rendered for entry in entries if entry.statement.file in wrong]
        raise BundleError(sorted(problems, key=_place), doubtful)
    named = {entry.name: entry for entry in entries}
    used = frozenset[str]().union(*(parameter_names(entry.statement.text) for entry in entries))
    return Bundle(
        name=bundle_name(folder),
        entries=named,
        graph=graph,
        values=dict(parameters),
        manifest=manifest,
        prompts=prompts,
        jars={path: jar for path, jar in jars.items() if parameter_of(path) in used},
    )


def _value(text: str, declared: ParameterType) -> Value:
    """Return a value as expressions calculate with it; the text where it is none of that type."""
    value = parse(text, declared)
    return text if value is None else value


def _read_files(files: Sequence[Path], parameters: Mapping[str, str], project_root: Path) -> tuple[list[Entry], BundleError]:
    """Return the statements that can be read, and what is wrong with the others."""
    entries: list[Entry] = []
    problems: list[StatementError] = []
    doubtful: list[RenderedText] = []
    for file in files:
        try:
            entries.append(read_statement(file, parameters, project_root))
        except BundleError as error:
            problems += error.problems
            doubtful += error.rendered
    return entries, BundleError(problems, doubtful)


def _read_catalogs(manifest: Manifest, folder: Path, place: str, parameters: Mapping[str, str]) -> tuple[list[Entry], list[StatementError]]:
    entries: list[Entry] = []
    problems = list(catalog_problems(manifest, folder, place))
    for catalog in catalog_statements(manifest, folder, place):
        try:
            entries.append(_read(catalog.name, catalog.text, catalog.file, parameters))
        except BundleError as error:
            # The statement is ours: of its places only the line is one of the manifest.
            position = position_at(catalog.text, catalog.text.index("CREATE"), catalog.file)
            problems += [StatementError(problem.problem, position=position) for problem in error.problems]
    return entries, problems


def option_problems(manifest: Manifest, folder: Path, place: str) -> list[StatementError]:
    """Return what is wrong with the options that a manifest gives to every job."""
    problems: list[StatementError] = []
    for key, value in manifest.options.items():
        try:
            if not is_flink_option(key):
                raise ValueError("it is none of Flink's options for a job")  # noqa: TRY301  # told as the others are
            checked_option(key, value)
        except ValueError as error:
            problems.append(manifest_problem(folder, place, ("options", key), f"options.{key}: {error}"))
    return problems


def _jars(folder: Path, place: str) -> tuple[dict[str, BundleJar], list[StatementError]]:
    try:
        return read_jars(folder), []
    except OSError as error:
        return {}, [StatementError(f"a jar of the bundle cannot be read: {error}", position=_start(place))]


def bundle_name(folder: Path) -> str:
    """Return what a bundle is called: its folder's name; that of the folder above where it is only called `sql`."""
    place = folder.resolve()
    return place.parent.name if place.name == SQL else place.name


def unread_files(folder: Path, read: Sequence[Path], project_root: Path) -> list[StatementError]:
    """Return an error for each SQL file in the folder that is not read: its ending is not in lower case, or it lies in a folder below."""
    problems: list[StatementError] = []
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() != SUFFIX or file in read or not file.is_file():
            continue
        if file.parent == folder / CHECKS and file.suffix == SUFFIX:
            continue  # a query over the running pipeline, which is never deployed (flinksql.data_checks)
        if file.parent == folder:
            message = f"this file is not read, because its name does not end in {SUFFIX} in lower case: rename it, or move it elsewhere"
        else:
            message = "this file is not read, because it lies in a folder within the bundle's: move it up, or out of the bundle"
        problems.append(StatementError(message, position=_start(shown_path(file, project_root))))
    return problems


def read_statement(file: Path, parameters: Mapping[str, str], project_root: Path) -> Entry:
    """Read one file. Raises BundleError with what is wrong in it."""
    shown = shown_path(file, project_root)
    return read_text(file.stem, _text(file, shown), shown, parameters)


def read_texts(texts: Mapping[str, str], parameters: Mapping[str, str]) -> Bundle:
    """Read statements by name. In messages each is the file `<name>.sql`. Raises BundleError with every problem of every text."""
    entries: list[Entry] = []
    problems: list[StatementError] = []
    doubtful: list[RenderedText] = []
    for name, text in texts.items():
        try:
            entries.append(read_text(name, text, f"{name}{SUFFIX}", parameters))
        except BundleError as error:
            problems += error.problems
            doubtful += error.rendered
    graph = build_graph(entries, complete=not problems)
    problems += [*graph.problems, *rename_problems(entries)]
    if problems:
        raise BundleError(sorted(problems, key=_place), doubtful)
    return Bundle(entries={entry.name: entry for entry in entries}, graph=graph, values=dict(parameters))


def read_text(name: str, text: str, shown: str, parameters: Mapping[str, str]) -> Entry:
    """Read one statement. `shown` is its file in messages. Raises BundleError with what is wrong in it."""
    entry = _read(name, text, shown, parameters)
    created = entry.references.creates
    if created and created.kind is ObjectKind.CATALOG:
        raise BundleError([entry.problem(created.offset, refused_catalog(created.name.name, option_tokens(entry.rendered)))])
    return entry


def _read(name: str, text: str, shown: str, parameters: Mapping[str, str]) -> Entry:
    problems = placeholder_problems(text, shown, parameters)
    if STATEMENT_NAME.fullmatch(name) is None:
        message = f"{name!r} is no name for a statement: lower-case letters, digits, `_` and `-`, a letter first. Rename the file"
        problems.insert(0, StatementError(message, position=position_at(text, 0, shown)))
    if problems:
        raise BundleError(problems)
    try:
        rendered = render(text, shown, parameters)
    except StatementError as problem:
        raise BundleError([problem]) from None
    try:
        references = read_references(rendered)
    except StatementError as problem:
        raise BundleError([problem], [rendered]) from None
    statement = Statement(name=name, kind=references.kind, text=text, file=shown)
    return Entry(statement=statement, rendered=rendered, references=references)


def shown_path(path: Path, project_root: Path) -> str:
    """Return a path for messages, with forward slashes: relative to the project's folder, absolute when it is far from there."""
    place = path.resolve()
    near = PurePath(os.path.relpath(place, project_root.resolve())).as_posix()
    return near if near.count("../") <= FARTHEST else place.as_posix()


def _text(file: Path, shown: str) -> str:
    try:
        content = file.read_bytes().removeprefix(BOM_UTF8)
        return content.decode("utf-8")
    except OSError as error:
        raise BundleError([StatementError(f"the file cannot be read: {error.strerror}", position=_start(shown))]) from None
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        message = f"the file is not UTF-8 (byte 0x{content[error.start]:02x} is wrong here): save it as UTF-8"
        raise BundleError([StatementError(message, position=position_at(before, len(before), shown))]) from None


def _start(shown: str) -> Position:
    return Position(file=shown, line=1, column=1)


def _place(problem: StatementError) -> tuple[str, int, int]:
    position = problem.position
    return (position.file, position.line, position.column) if position else ("", 0, 0)
