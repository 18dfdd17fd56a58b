"""Where the SQL cases lie, and how what was read from them is written down."""

from pathlib import Path

from flinksql.sql import Reference, References, Rendered, read_references, render

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "bundles"
PARAMETERS = {"topic": "reviews", "window_seconds": "10", "lane": "1"}


def read(sql: str, file: str = "sql/case.sql") -> References:
    return read_references(render(sql, file, PARAMETERS))


def described(sql: str) -> str:
    """One line a fact: the kind, what is created, written and read with line and column, the options of the header."""
    rendered = render(sql, "case.sql", PARAMETERS)
    references = read_references(rendered)
    lines = [str(references.kind)]
    lines += [f"creates {_place(rendered, references.creates)}"] if references.creates else []
    lines += [f"writes {_place(rendered, reference)}" for reference in references.writes]
    lines += [f"reads {_place(rendered, reference)}" for reference in references.reads]
    lines += [f"option {key} = {value}" for key, value in references.header.options.items()]
    return "\n".join(lines) + "\n"


def _place(rendered: Rendered, reference: Reference) -> str:
    position = rendered.position(reference.offset)
    external = " external" if reference.name.external else ""
    return f"{reference.kind} {reference.name} {position.line}:{position.column}{external}"


def called(sql: str) -> set[str]:
    return {reference.name.name for reference in read(sql).calls}
