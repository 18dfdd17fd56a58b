"""Markdown that shows texts of others as texts: nothing in a message becomes a mention, a link, a tag or a table's column."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_ADDRESS = re.compile(r"(?i)\b(https?):(?=//)|\bwww\.")
_MENTION = re.compile(r"([@!])(?=[\w\[])")
_TICKS = re.compile(r"`+")
_BREAK = "\u200b"
"""A character without width: it takes a letter out of what a page would make a link or a mention of."""


def plain(text: str) -> str:
    """Return a text of one line that is shown as it is, also within a table."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _MENTION.sub(rf"\1{_BREAK}", _ADDRESS.sub(lambda found: found.group() + _BREAK, escaped))


def code(text: str) -> str:
    """Return a text of one line as code, also within a table."""
    one_line = " ".join(text.split()).replace("|", "\\|")
    fence = "`" * (_longest_ticks(one_line) + 1)
    space = " " if one_line.startswith("`") or one_line.endswith("`") else ""
    return f"{fence}{space}{one_line}{space}{fence}"


def block(text: str, language: str = "") -> str:
    """Return lines as a block of code whose fence is longer than any in the text."""
    fence = "`" * max(3, _longest_ticks(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def folded(title: str, content: str) -> str:
    """Return a part that opens with a click. `title` is a plain text."""
    safe = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<details><summary>{safe}</summary>\n\n{content}\n\n</details>"


def _longest_ticks(text: str) -> int:
    return max((len(found) for found in _TICKS.findall(text)), default=0)
