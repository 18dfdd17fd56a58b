"""Whether what a manifest says of samples, of what is shown and of topics fits the bundle: told at preview, not when a command needs it."""

from collections.abc import Iterator
from pathlib import Path

from components.bundle_topics import PREFIX, topics_of
from flinksql.errors import StatementError
from flinksql.sql import Bundle
from flinksql.sql.manifest_reader import Key, guess, manifest_problem
from flinksql.sql.parameters import topics_in_expressions
from flinksql.sql.table_usage import Catalog


def manifest_problems(bundle: Bundle, folder: Path, shown: str) -> list[StatementError]:
    """Return a problem for each table, topic or file that the manifest names and that is not there."""
    found = [*_places(bundle), *_files(bundle, folder), *_expressions(bundle)]
    return [manifest_problem(folder, shown, where, f"{'.'.join(map(str, where))}: {message}") for where, message in found]


def _places(bundle: Bundle) -> Iterator[tuple[Key, str]]:
    catalog = Catalog(bundle.entries.values())
    tables = sorted(table.references.creates.name.name for table in catalog.tables if table.references.creates)
    topics = _topics(bundle)
    named: list[tuple[Key, str, str]] = [(("samples", index), one.table, one.topic) for index, one in enumerate(bundle.manifest.samples)]
    show = bundle.manifest.show
    named += [(("show",), show.table, show.topic)] if show else []
    for where, table, topic in named:
        if table and table not in tables:
            yield (*where, "table"), f"the bundle has no table {table}.{guess(table, tables)} It has: {', '.join(tables) or 'none'}"
        if topic and topic not in topics:
            known = ", ".join(topics) or "none"
            yield (*where, "topic"), f"no table of the bundle lies on topic {topic}.{guess(topic, topics)} Its topics: {known}"


def _files(bundle: Bundle, folder: Path) -> Iterator[tuple[Key, str]]:
    named: list[tuple[Key, str]] = [(("samples", index, "file"), one.file) for index, one in enumerate(bundle.manifest.samples)]
    evaluation = bundle.manifest.evaluation
    named += [(("evaluation", "cases"), evaluation.cases)] if evaluation and evaluation.cases else []
    for where, file in named:
        if not (folder / file).is_file():
            yield where, f"there is no file {file} (paths are relative to the bundle's folder)"


def _expressions(bundle: Bundle) -> Iterator[tuple[Key, str]]:
    topics = _topics(bundle)
    for where, topic in topics_in_expressions(bundle.manifest):
        if topic not in topics:
            yield where, f"no table of the bundle lies on topic {topic}.{guess(topic, topics)} Its topics: {', '.join(topics) or 'none'}"


def _topics(bundle: Bundle) -> list[str]:
    return [topic.removeprefix(bundle.values.get(PREFIX, "")) for topic in topics_of(bundle)]
