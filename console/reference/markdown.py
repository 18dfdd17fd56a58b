"""Parts of a page."""

from collections.abc import Iterable, Sequence

MADE = "Made from the code by `python -m console.reference --write`; do not edit."


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, each cell on one line."""
    lines = [heads, ["---"] * len(heads), *rows]
    return (
        "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines).replace("| --- ", "|---").replace("---| |", "---|")
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
