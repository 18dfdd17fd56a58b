"""`new`: a bundle that runs at once, as a beginning of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from console.default_stack import LOCAL
from console.scaffolding.folder import free_folder, require_name, schema_path, setting_of, shown, write_folder
from console.session import Session

_TEMPLATE = Path(__file__).parents[1] / "scaffolding" / "template"
_NAME, _TESTS_SCHEMA, _SCHEMA = "NAME", "TESTS_SCHEMA", "SCHEMA"
"""What stands in the template's files in place of the bundle's name, and of the paths of the schemas for editors."""


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The bundle's name: small letters, digits and `_`.")],
    *,
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="The folder that its folder is made in. Default: sql/.")] = "",
) -> None:
    """Make a bundle that runs at once: a source, a window, a sink, samples and a manifest with remarks."""
    session: Session = context.obj
    folder = free_folder(require_name(name), into)
    write_folder(folder, template_files(name, schema_path(folder)))
    say = session.screen.out.print
    say(f"made {shown(folder)}:", highlight=False, soft_wrap=True)
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        say(f"  {file.relative_to(folder)}", highlight=False, soft_wrap=True)
    print_next(session, folder, "demo", "start everything, feed the samples and show what comes out")


def template_files(name: str, schema: str) -> dict[str, str]:
    """Return the files of a new bundle by their names."""
    files = sorted(file for file in _TEMPLATE.rglob("*") if file.is_file())
    tests_schema = schema.replace("bundle.schema", "testing.schema")
    if schema.startswith(".."):
        tests_schema = f"../{tests_schema}"
    values = {_TESTS_SCHEMA: tests_schema, _SCHEMA: schema, _NAME: name}
    found: dict[str, str] = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        for mark, value in values.items():
            text = text.replace(mark, value)
        found[file.relative_to(_TEMPLATE).as_posix()] = text
    return found


def print_next(session: Session, folder: Path, start: str, meaning: str) -> None:
    """Say which commands come next for a bundle in a folder."""
    console = f"python -m console{'' if session.stack == LOCAL else f' --stack {session.stack}'}"
    steps = (
        (f"pulumi config set bundle {setting_of(folder)} --stack {session.stack}", "make it the stack's bundle"),
        (f"{console} preview", "find mistakes, before anything runs"),
        (f"{console} {start}", meaning),
    )
    width = max(len(command) for command, _ in steps)
    session.screen.out.print("next:", highlight=False)
    for command, what in steps:
        session.screen.out.print(f"  {command:{width}}  # {what}", highlight=False, soft_wrap=True, markup=False)
