"""The pipeline as a graph, from what was deployed: topics, other tables, models and statements, and which way rows go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from components.bundle_topics import topic_names
from flinksql.errors import FlinkSqlError
from flinksql.sql.entry import Entry
from flinksql.sql.names import ObjectKind, Reference
from flinksql.sql.table_usage import Catalog, catalog_of
from flinksql.statement import Definition, Kind


class NodeKind(StrEnum):
    """What a node stands for."""

    TOPIC = "topic"
    TABLE = "table"
    """One that lies on no topic of Kafka's, or whose topic is not known."""
    MODEL = "model"
    STATEMENT = "statement"


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node. `label` says more of it in a word or two: a table's connector, the table of a topic."""

    kind: NodeKind
    name: str
    label: str = ""

    @property
    def id(self) -> str:
        """Unique in a graph: a topic may be called like a statement."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Links:
    """What one statement reads and writes. `problem` says why that is not known."""

    reads: tuple[Node, ...] = ()
    writes: tuple[Node, ...] = ()
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class PipelineGraph:
    """Nodes, and edges by their ids, in the direction of the rows."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[str, str], ...] = ()


def links_of(definition: Definition) -> Links:
    """Return what a job reads and writes, through views too. Never raises."""
    try:
        catalog = catalog_of(definition)
        reader = _Reader(catalog)
        job = next(one for one in catalog.entries if one.name == definition.name)
        writes = tuple(dict.fromkeys(node for one in job.references.writes for node in reader.nodes(one)))
        return Links(reads=tuple(dict.fromkeys(reader.read_by(job))), writes=writes)
    except FlinkSqlError as error:
        return Links(problem=str(error))


def pipeline_graph(links: Mapping[str, Links]) -> PipelineGraph:
    """Put the links of all jobs together."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str], None] = {}
    for name, one in sorted(links.items()):
        statement = Node(kind=NodeKind.STATEMENT, name=name)
        # What is read stands first: a statement that writes into its own source is drawn behind it.
        _add(nodes, (*one.reads, statement, *one.writes))
        edges.update(dict.fromkeys((node.id, statement.id) for node in one.reads))
        edges.update(dict.fromkeys((statement.id, node.id) for node in one.writes))
    return PipelineGraph(nodes=tuple(nodes.values()), edges=tuple(edges))


def jobs_in(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """Return the definitions that Flink runs, by name."""
    return {one.name: one for one in definitions if one.statement.kind is not Kind.CATALOG_OBJECT}


def _add(nodes: dict[str, Node], found: Sequence[Node]) -> None:
    for node in found:
        nodes.setdefault(node.id, node)


class _Reader:
    """Resolves what a statement mentions to nodes."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._created = {
            (one.references.creates.kind.namespace, one.references.creates.name.name): one
            for one in catalog.entries
            if one.references.creates
        }

    def read_by(self, entry: Entry) -> list[Node]:
        """Return the nodes that a job or a view reads. A view has none of its own: what is behind it counts."""
        found: list[Node] = []
        waiting, done = [entry], {entry.name}
        while waiting:
            for one in waiting.pop().references.reads:
                behind = self._entry(one)
                if behind and behind.references.creates and behind.references.creates.kind is ObjectKind.VIEW:
                    if behind.name not in done:
                        done.add(behind.name)
                        waiting.append(behind)
                    continue
                found += self.nodes(one)
        return found

    def nodes(self, reference: Reference) -> list[Node]:
        """Return the nodes of one mention: a table has one for each of its topics."""
        if reference.kind is ObjectKind.MODEL:
            return [Node(kind=NodeKind.MODEL, name=str(reference.name))]
        if reference.kind.namespace != ObjectKind.TABLE:
            return []
        table = self._entry(reference)
        if table is None:
            return [Node(kind=NodeKind.TABLE, name=str(reference.name), label="external catalog")]
        options = {**self._catalog.options(table), **dict(reference.hints)}
        topics = topic_names(options)
        if topics:
            return [Node(kind=NodeKind.TOPIC, name=one, label=str(reference.name)) for one in topics]
        return [Node(kind=NodeKind.TABLE, name=str(reference.name), label=options.get("connector", ""))]

    def _entry(self, reference: Reference) -> Entry | None:
        if reference.name.external:
            return None
        return self._created.get((reference.kind.namespace, reference.name.name))
