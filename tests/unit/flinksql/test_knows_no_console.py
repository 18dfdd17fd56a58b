"""`flinksql` ships alone: no text of it names a command of the project around it."""

import re

from tests.support.project import REPOSITORY

COMMAND = re.compile(r"python -m (console|platforms|components)|`make |\bmake (up|down|preview)\b")


def test_no_text_names_a_command_of_the_project() -> None:
    files = sorted(REPOSITORY.glob("flinksql/**/*.py"))
    lines = [(file.name, line.strip()) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert files
    assert [found for found in lines if COMMAND.search(found[1])] == []
