"""docs/reference is what the code says."""

import shutil
from pathlib import Path

import pytest

from console.app import Commands
from console.reference.__main__ import PAGES, outdated, write
from flinksql.sql.header import KEYS, MEANINGS
from settings.project import PROJECT_FOLDER


def test_the_pages_are_those_of_the_code() -> None:
    assert outdated() == []


@pytest.mark.parametrize("page", [pytest.param(name, id=name) for name in PAGES])
def test_a_page_that_differs_is_told_and_written_anew(tmp_path: Path, page: str) -> None:
    shutil.copytree(PROJECT_FOLDER / "docs" / "reference", tmp_path / "docs" / "reference")
    (tmp_path / "docs" / "reference" / page).write_text("old", encoding="utf-8")
    assert outdated(tmp_path) == [f"docs/reference/{page} differs from the code: run `python -m console.reference --write`"]
    write(tmp_path)
    assert outdated(tmp_path) == []


def test_every_option_of_a_header_has_a_meaning() -> None:
    assert MEANINGS.keys() == KEYS.keys()


def test_the_readme_names_every_command() -> None:
    section = (PROJECT_FOLDER / "README.md").read_text(encoding="utf-8").partition("## The commands")[2].partition("\n## ")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    assert [name for name in Commands.modules if f"`{name}`" not in table] == []
