"""`python -m console.reference`: say which pages differ from the code; with `--write`, write them."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from console.reference.commands import commands_page
from console.reference.errors import errors_page
from console.reference.header import header_page
from console.reference.manifest import manifest_page
from settings.project import PROJECT_FOLDER

_FOLDER = "docs/reference"
_COMMAND = "console.reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "header.md": header_page,
    "manifest.md": manifest_page,
    "errors.md": errors_page,
}


def outdated(folder: Path = PROJECT_FOLDER) -> list[str]:
    """Return which pages say something else than the code, each with what to do."""
    found = {name: folder / _FOLDER / name for name in PAGES}
    differing = [name for name, file in found.items() if not file.is_file() or file.read_text(encoding="utf-8") != PAGES[name]()]
    return [f"{_FOLDER}/{name} differs from the code: run `python -m {_COMMAND} --write`" for name in differing]


def write(folder: Path = PROJECT_FOLDER) -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        file = folder / _FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are outdated. Return the exit status."""
    if arguments not in ([], ["--write"]):
        sys.stderr.write(f"usage: python -m {_COMMAND} [--write]\n")
        return 2
    if arguments:
        write()
        return 0
    problems = outdated()
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
