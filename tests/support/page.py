"""A page of the documentation whose commands are run: what follows a command in a `console` block is what it prints.

Numbers, times and paths differ from run to run; `...` stands for any text in a line, and alone on a line for any lines.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROMPT = "$ "
_ANY = "..."


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of a page, the line that it stands on, and the lines that it prints."""

    text: str
    line: int
    expected: tuple[str, ...]


def commands_of(page: Path) -> Iterator[Command]:
    """Yield the commands of a page in their order."""
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1)) + 1
        command, begun, expected = "", line, list[str]()
        for number, one in enumerate(block[1].splitlines(), start=line):
            if one.startswith(_PROMPT):
                if command:
                    yield Command(text=command, line=begun, expected=tuple(expected))
                command, begun, expected = one.removeprefix(_PROMPT).partition("  # ")[0].rstrip(), number, []
            else:
                expected.append(one)
        yield Command(text=command, line=begun, expected=tuple(expected))


def difference(expected: Sequence[str], printed: str) -> str:
    """Return the first expected line that was not printed in its place; empty when the page is right."""
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    at, free = 0, False
    for one in expected:
        if one == _ANY:
            free = True
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in one.rstrip().split(_ANY)))
        found = next(
            (number for number in range(at, len(lines) if free else min(at + 1, len(lines))) if pattern.fullmatch(lines[number])), None
        )
        if found is None:
            return one
        at, free = found + 1, False
    return "" if free or at == len(lines) or not expected else f"nothing more, and not: {lines[at]}"
