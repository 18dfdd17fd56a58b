"""Topics that others read, and what a change may not do to their records. What is deployed counts, not what a file said last."""

from collections.abc import Iterator, Mapping, Sequence

from components.bundle_topics import is_public, topic_names, topics_of
from components.recorded_bundle import Recorded, recorded_entries
from flinksql.errors import BundleError, StatementError
from flinksql.sql import Bundle, Entry
from flinksql.sql.manifest import FILE
from flinksql.sql.record_shape import RecordShape, broken, shapes
from flinksql.sql.table_usage import Catalog


def require_contracts(bundle: Bundle, deployed: Recorded) -> None:
    """Refuse what breaks readers of a public topic. `deployed` are the resources of the stack's state.

    Raises BundleError with each table whose records lose a column, or get another type, key or format.
    """
    problems = contract_problems(bundle, deployed)
    if problems:
        raise BundleError(problems)


def contract_problems(bundle: Bundle, deployed: Recorded) -> list[StatementError]:
    """Return a problem for each way in which a public topic's records would not be what its readers find there now."""
    public = [topic for topic in topics_of(bundle) if is_public(bundle, topic)]
    if not public:
        return []
    before, after = Catalog(recorded_entries(deployed).values()), Catalog(bundle.entries.values())
    found: dict[str, StatementError] = {}
    for topic in public:
        deployed_shapes = _shapes(before, topic)
        for new in _shapes(after, topic):
            for clause in _breaks(deployed_shapes, new):
                error = _problem(new, topic, clause)
                found.setdefault(str(error), error)
    return list(found.values())


def _breaks(deployed: Sequence[RecordShape], new: RecordShape) -> list[str]:
    """Return how records of a table differ from those that it writes now; a table that is new here may write as any other one does."""
    same = [one for one in deployed if one.table.name == new.table.name] or deployed
    clauses = [list(broken(one, new)) for one in same]
    return min(clauses, key=len, default=[])


def _shapes(catalog: Catalog, topic: str) -> list[RecordShape]:
    """Return the shapes of the tables through which jobs write a topic; of all that lie on it, where none writes it."""
    return shapes(catalog, _written(catalog, topic) or _lying_on(catalog, topic))


def _written(catalog: Catalog, topic: str) -> list[tuple[Entry, Mapping[str, str]]]:
    uses = (use for use in catalog.uses() if use.written and topic in topic_names(use.options))
    return [(use.table, use.options) for use in uses]


def _lying_on(catalog: Catalog, topic: str) -> list[tuple[Entry, Mapping[str, str]]]:
    def found() -> Iterator[tuple[Entry, Mapping[str, str]]]:
        for table in catalog.tables:
            options = catalog.options(table)
            if topic in topic_names(options):
                yield table, options

    return list(found())


def _problem(shape: RecordShape, topic: str, clause: str) -> StatementError:
    creates = shape.table.references.creates
    return shape.table.problem(
        creates.offset if creates else 0,
        f"others read topic {topic} (`public` in {FILE}), and {clause}. Keep it as it is deployed; or write what is new into a new topic, "
        f"and remove this one when its readers have moved; or take {topic} out of `public` if nobody reads it",
    )
