"""`adopt-script`: a script of many statements becomes a bundle, and a table says what became of each."""

import json as json_library
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from components.parameters import EVERY_BUNDLE_GETS, load_bundle
from console.commands.new import print_next
from console.commands.options import Json
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.scaffolding.folder import free_folder, require_name, schema_path, shown, write_folder
from console.screen import write_line
from console.session import Session
from flinksql.errors import BundleError
from flinksql.script_import import Conversion, Fate, Outcome, convert
from flinksql.sql.manifest import FILE
from platforms.registry import endpoints_of
from settings.errors import SettingsError

_REPORT = "ADOPTED.md"
_STYLES = {Fate.FILE: "green", Fate.OPTION: "green", Fate.NOT_NEEDED: "dim", Fate.LEFT_OUT: "yellow"}
_LARGEST = 10_000_000
"""Bytes of a script that a person wrote."""


def adopt_script(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.sql", help="The script, as a SQL client takes it.")],
    *,
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="The folder that the bundle's folder is made in. Default: sql/.")] = "",
    name: Annotated[str, typer.Option("--name", help="The bundle's name. Default: the script's.")] = "",
    json: Json = False,
) -> None:
    """Turn a script of many statements into a bundle: one file a statement. Says what became of each statement, and why."""
    session: Session = context.obj
    bundle = require_name(name or re.sub(r"[^a-z0-9_]+", "_", file.stem.lower()).strip("_"))
    folder = free_folder(bundle, into)
    text = _text(file)
    converted = convert(text, file.name, dict.fromkeys(EVERY_BUNDLE_GETS, "value"), f"Made from {file.name}")
    first = f"# yaml-language-server: $schema={schema_path(folder)}\n"
    files = {**converted.files, FILE: first + converted.files[FILE], _REPORT: _report(file.name, converted)}
    write_folder(folder, files)
    problems = _problems(session, folder, converted)
    if json:
        write_line(json_library.dumps(_plain(folder, converted, problems), ensure_ascii=False))
        return
    _print_table(session, converted)
    say = session.screen.out.print
    say(f"made {shown(folder)}: {_counts(converted)}; the same table is in {_REPORT}", highlight=False, soft_wrap=True)
    for problem in problems:
        say(f"[yellow]to do[/] {Text(problem).markup}", highlight=False, soft_wrap=True)
    print_next(session, folder, "up", "start topics, statements and jobs")


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConsoleError(f"{file} cannot be read: {error.strerror}", exit_code=ExitCode.USAGE) from error
    if len(content) > _LARGEST:
        raise ConsoleError(f"{file} has {len(content):,} bytes: no script of statements is as long", exit_code=ExitCode.USAGE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConsoleError(
            f"{file}:{line}:{column}: this byte is no UTF-8", advice="save the script as UTF-8", exit_code=ExitCode.USAGE
        ) from error


def _problems(session: Session, folder: Path, converted: Conversion) -> list[str]:
    """Return what preview will complain about that no script says: values to set, and what Flink would find when a job runs."""
    to_set = [f"copy {path} to {folder / place}" for path, place in converted.jars.items()]
    to_set += [f"pulumi config set bundle.parameters.{one} VALUE" for one in converted.parameters]
    to_set += [f"pulumi config set --secret secret.{one}" for one in converted.secrets]
    if to_set:
        return to_set
    try:
        settings = session.project().settings()
        load_bundle(settings, endpoints_of(settings), folder)
    except (BundleError, SettingsError) as error:
        return str(error).splitlines()
    return []


def _counts(converted: Conversion) -> str:
    return ", ".join(f"{number} {fate.value}" for fate in Fate if (number := converted.count(fate)))


def _print_table(session: Session, converted: Conversion) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("line", "statement", "became", "why"):
        table.add_column(head, header_style="dim", justify="right" if head == "line" else "left", overflow="fold")
    for one in converted.outcomes:
        table.add_row(str(one.position.line), Text(one.title), Text(_became(one), style=_STYLES[one.fate]), Text(one.why))
    session.screen.out.print(table)


def _became(one: Outcome) -> str:
    return one.result or one.fate.value


def _report(name: str, converted: Conversion) -> str:
    rows = [
        f"| {name}:{one.position.line} | {_cell(one.title, code=True)} | {_cell(_became(one))} | {_cell(one.why)} |"
        for one in converted.outcomes
    ]
    head = ["# What became of each statement", "", "| line | statement | became | why |", "|---|---|---|---|"]
    queries = [
        line for one in converted.outcomes if one.text for line in ("", f"{name}:{one.position.line}", "", "```sql", one.text, "```")
    ]
    beside = ["", "## Queries that are left out", "", "Nothing runs them. To have their rows, write INSERT INTO a table before one."]
    return "\n".join([*head, *rows, *(beside + queries if queries else [])]) + "\n"


def _cell(text: str, *, code: bool = False) -> str:
    plain = text.replace("|", "\\|").replace("\n", " ")
    return f"`` {plain} ``" if code else plain


def _plain(folder: Path, converted: Conversion, problems: list[str]) -> dict[str, object]:
    return {
        "folder": str(folder),
        "files": sorted(converted.files),
        "parameters": list(converted.parameters),
        "secrets": list(converted.secrets),
        "toDo": problems,
        "statements": [
            {
                "line": one.position.line,
                "column": one.position.column,
                "statement": one.title,
                "fate": one.fate.value,
                "result": one.result,
                "why": one.why,
            }
            for one in converted.outcomes
        ],
    }
