"""How statements use tables: what is read and written, with the options that count there.

A table has the options of its own WITH, those that it takes over by LIKE, and for one mention those of an OPTIONS hint.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flinksql.errors import StatementError
from flinksql.sql.connectors import connector_of
from flinksql.sql.entry import Entry
from flinksql.sql.names import ObjectKind, Reference
from flinksql.sql.options import keeps_options_of_like, option_tokens
from flinksql.sql.placeholders import render
from flinksql.sql.references import read_references
from flinksql.statement import Definition

_ROWS = "number-of-rows"
LONGEST_CHAIN = 100
"""Of tables that are LIKE another; a cycle is refused elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """A mention of a table by a view or a job. `options` are those that count here."""

    user: Entry
    reference: Reference
    table: Entry
    written: bool
    options: Mapping[str, str]

    chain: tuple[Entry, ...] = field(repr=False)
    """The table, and those whose options it takes over, the nearest first."""

    def problem(self, message: str, *keys: str) -> StatementError:
        """Return the error that says `message` where the first of the options stands that is given.

        That is in the file of the table, or of one that it is LIKE; for an option of a hint at the mention.
        """
        if any(hint in keys for hint, _ in self.reference.hints):
            return self.user.problem(self.reference.offset, message)
        return option_problem(self.chain, message, *keys)


def option_problem(chain: Sequence[Entry], message: str, *keys: str) -> StatementError:
    """Return the error that says `message` where the first of the options stands that a table, or one that it is LIKE, has."""
    for key in keys:
        for entry in chain:
            token = option_tokens(entry.rendered).get(key)
            if token:
                return entry.problem(token.start, message)
    creates = chain[0].references.creates
    return chain[0].problem(creates.offset if creates else 0, message)


class Catalog:
    """The tables and views that some statements create, by name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._tables = {
            entry.references.creates.name.name: entry
            for entry in self.entries
            if entry.references.creates and entry.references.creates.kind is ObjectKind.TABLE
        }

    @property
    def tables(self) -> tuple[Entry, ...]:
        """The statements that create tables."""
        return tuple(self._tables.values())

    def chain(self, table: Entry) -> tuple[Entry, ...]:
        """Return a table and those whose options it takes over, the nearest first."""
        found = [table]
        while len(found) < LONGEST_CHAIN and keeps_options_of_like(found[-1].rendered):
            like = next((self._tables.get(read.name.name) for read in found[-1].references.reads if not read.name.external), None)
            if like is None:
                break
            found.append(like)
        return tuple(found)

    def options(self, table: Entry) -> dict[str, str]:
        """Return all options of a table. Raises StatementError for a malformed one."""
        options: dict[str, str] = {}
        for entry in reversed(self.chain(table)):
            options.update({key: token.value for key, token in option_tokens(entry.rendered).items()})
        return options

    def uses(self) -> list[Use]:
        """Return each mention of a table by a view or a job."""
        found: list[Use] = []
        for entry in self.entries:
            if entry.references.creates and entry.references.creates.kind is not ObjectKind.VIEW:
                continue
            found += self._uses(entry, entry.references.reads, written=False)
            found += self._uses(entry, entry.references.writes, written=True)
        return found

    def _uses(self, user: Entry, references: Sequence[Reference], *, written: bool) -> list[Use]:
        found: list[Use] = []
        for reference in references:
            table = None if reference.name.external or reference.kind is not ObjectKind.TABLE else self._tables.get(reference.name.name)
            if table:
                options = {**self.options(table), **dict(reference.hints)}
                chain = self.chain(table)
                found.append(Use(user=user, reference=reference, table=table, written=written, options=options, chain=chain))
        return found


def catalog_of(definition: Definition) -> Catalog:
    """Read a definition's statements. Raises StatementError where one cannot be rendered."""
    entries: list[Entry] = []
    for statement in (*definition.closure, definition.statement):
        rendered = render(statement.text, statement.file, definition.parameters)
        entries.append(Entry(statement=statement, rendered=rendered, references=read_references(rendered)))
    return Catalog(entries)


def has_end(options: Mapping[str, str]) -> bool:
    """Tell whether a table of these options has an end when it is read, as far as its connector is known."""
    kind = options.get("connector", "")
    if connector_of(options).ends:
        return True
    if kind == "filesystem":
        return "source.monitor-interval" not in options
    if kind == "kafka":
        return options.get("scan.bounded.mode", "unbounded") != "unbounded"
    if kind == "datagen":
        return _ROWS in options or any(key.endswith(".kind") and value == "sequence" for key, value in options.items())
    return _ROWS in options
