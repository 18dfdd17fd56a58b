"""Who depends on whom: names resolved to the statements that create them, and the order that follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from flinksql.errors import StatementError
from flinksql.sql.entry import Entry
from flinksql.sql.misspelling import KEYWORDS, misspelt_keyword
from flinksql.sql.names import ObjectKind, Reference
from flinksql.sql.tokens import tokenise

Catalog = Mapping[str, Mapping[str, Entry]]
"""Name space -> name -> the entry that creates it. Function names are in lower case, because Flink does not tell them apart by case."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The direct dependencies of each statement, and what is wrong. `order` puts creators first; among equals the alphabet decides."""

    dependencies: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    problems: tuple[StatementError, ...] = ()


@dataclass(kw_only=True)
class _Resolution:
    """The work on one graph. `complete` is false when some files could not be read: then an unknown name may be created there."""

    catalog: Catalog
    complete: bool
    problems: list[StatementError] = field(default_factory=list)
    edges: dict[str, dict[str, tuple[Entry, Reference]]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        edges: dict[str, tuple[Entry, Reference]] = {}
        for reference in (*entry.references.reads, *entry.references.writes):
            creator = self._creator(entry, reference, written=reference in entry.references.writes)
            if creator:
                edges.setdefault(creator.name, (entry, reference))
        for call in entry.references.calls:
            function = None if call.name.external else self.catalog[ObjectKind.FUNCTION].get(call.name.name.lower())
            if function:
                edges.setdefault(function.name, (entry, call))
        self.edges[entry.name] = edges

    def _creator(self, entry: Entry, reference: Reference, *, written: bool) -> Entry | None:
        """Return the entry that creates what is mentioned; None for other catalogs and for mistakes, which are noted."""
        if reference.name.external:
            return self._catalog_of(reference)
        creator = self.catalog[reference.kind.namespace].get(reference.name.name)
        if creator is None:
            problem = self._unresolved(entry, reference)
            self.problems += [problem] if problem else []
        elif written and creator.references.creates and creator.references.creates.kind is ObjectKind.VIEW:
            message = f"{reference.name} is a view ({_place(creator)}) and cannot be written to: name a table"
            self.problems.append(entry.problem(reference.offset, message))
        return creator

    def _catalog_of(self, reference: Reference) -> Entry | None:
        """Return the entry of the manifest's catalog that a name is in; None for others, of which Flink knows whether they are there."""
        catalog, *database = reference.name.path
        return self.catalog[ObjectKind.CATALOG].get(catalog) if database else None

    def _unresolved(self, entry: Entry, reference: Reference) -> StatementError | None:
        name = reference.name.name
        for namespace, creators in self.catalog.items():
            other = creators.get(name.lower() if namespace == ObjectKind.FUNCTION else name)
            if other:
                message = f"{name} is a {namespace} ({_place(other)}) and is used as a {reference.kind} here"
                return entry.problem(reference.offset, message)
        if not self.complete:
            return None
        known = sorted(self.catalog[reference.kind.namespace])
        guess = _guess(name, known)
        listed = f"There are: {', '.join(known)}" if known else f"Create it by CREATE {reference.kind.name} in a file of its own"
        message = f"no statement creates the {reference.kind} {name}.{guess} {listed}{_misread(entry, reference)}"
        return entry.problem(reference.offset, message)


def build_graph(entries: Sequence[Entry], *, complete: bool = True) -> Graph:
    """Resolve all names. Problems are collected, not raised: unknown names, names created twice, wrong kinds, cycles."""
    problems: list[StatementError] = []
    resolution = _Resolution(catalog=_catalog(entries, problems), complete=complete)
    for entry in entries:
        resolution.add(entry)
    problems += resolution.problems
    dependencies = {name: tuple(sorted(edges)) for name, edges in resolution.edges.items()}
    sorter = TopologicalSorter(dependencies)
    try:
        sorter.prepare()
    except CycleError as error:
        problems.append(_cycle(list(reversed(error.args[1])), resolution.edges))
        return Graph(dependencies=dependencies, order=(), problems=tuple(problems))
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return Graph(dependencies=dependencies, order=tuple(order), problems=tuple(problems))


def _catalog(entries: Sequence[Entry], problems: list[StatementError]) -> Catalog:
    catalog: dict[str, dict[str, Entry]] = {kind.namespace: {} for kind in ObjectKind}
    for entry in entries:
        creates = entry.references.creates
        if creates is None:
            continue
        creators = catalog[creates.kind.namespace]
        key = creates.name.name.lower() if creates.kind is ObjectKind.FUNCTION else creates.name.name
        first = creators.setdefault(key, entry)
        if first is not entry:
            problems.append(
                entry.problem(creates.offset, f"{creates.name} is created twice, first at {_place(first)}: rename or remove one")
            )
    return catalog


def _place(entry: Entry) -> str:
    creates = entry.references.creates
    return str(entry.position(creates.offset if creates else 0))


def _guess(name: str, known: Sequence[str]) -> str:
    same = [other for other in known if other.lower() == name.lower()]
    close = same or get_close_matches(name, known, n=1)
    if not close:
        return ""
    return f" Did you mean {close[0]}?" + (" (Flink tells upper and lower case apart)" if same else "")


def _misread(entry: Entry, reference: Reference) -> str:
    """Return the advice on a misspelt keyword before a name, after which no table may be meant at all."""
    tokens = [token for token in tokenise(entry.rendered.sql, entry.rendered.file).tokens if token.start < reference.offset]
    for index in range(len(tokens) - 1, 0, -1):
        found = None if tokens[index - 1].is_word(*KEYWORDS) else misspelt_keyword(tokens, [index])
        if found:
            word, keyword = found
            return f". If {word.text} at {entry.position(word.start)} is meant to be {keyword}, correct that first"
    return ""


def _cycle(path: list[str], edges: Mapping[str, Mapping[str, tuple[Entry, Reference]]]) -> StatementError:
    """Return the error for a cycle, each name needing the next one, at the mention that begins it."""
    start = path.index(min(path))
    path = [*path[start:-1], *path[:start], path[start]]
    entry, reference = edges[path[0]][path[1]]
    return entry.problem(
        reference.offset, f"these statements depend on each other in a cycle: {' -> '.join(path)}. Remove one of the references"
    )
