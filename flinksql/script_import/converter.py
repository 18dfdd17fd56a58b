"""The statements of a script, one after the other, as statements of a bundle."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flinksql.script_import import options as session
from flinksql.script_import.bounded import ends_by_itself
from flinksql.script_import.catalog_statements import CatalogWriter
from flinksql.script_import.catalogs import table_of_catalog
from flinksql.script_import.edits import Edits
from flinksql.script_import.files import BOUNDED
from flinksql.script_import.made import edited
from flinksql.script_import.names import dotted, written
from flinksql.script_import.outcome import Fate
from flinksql.script_import.refusals import NOT_NEEDED, QUERIES, left_out
from flinksql.script_import.rewrite import connector, edit_comments, edit_kafka, options_of
from flinksql.script_import.secrets import edit_secrets
from flinksql.script_import.split import Piece, foreign_marks
from flinksql.sql import ObjectKind
from flinksql.sql.names import DEFAULT_PATH

_KINDS = {kind.name: kind for kind in ObjectKind}
_NAMED_TARGETS = 2


@dataclass(kw_only=True)
class Converter(CatalogWriter):
    """The statements of a script, each by what it begins with. `bodies` tells a repeated CREATE from another one."""

    options: dict[str, session.SessionOption] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    """Comments above a SET, by its key, for the header that its option goes to."""
    bodies: dict[tuple[str, ...], str] = field(default_factory=dict)
    """What each object is created as, by name space and full name."""

    def take(self, piece: Piece) -> None:
        """Convert the next statement."""
        if foreign := foreign_marks(piece):
            self.problems.append(foreign)
            return
        first = piece.tokens[0].text.upper()
        handlers: dict[str, Callable[[Piece], None]] = {
            "SET": self._set,
            "RESET": self._reset,
            "USE": self.use,
            "CREATE": self._create,
            "INSERT": self._insert,
            "EXECUTE": self._execute,
            "ADD": self._add,
            "BEGIN": self._statement_set,
            "STATEMENT": self._statement_set,
        }
        if first in handlers:
            handlers[first](piece)
        elif first == "DROP" and (catalog := self.dropped_from(piece)):
            self.note(piece, Fate.LEFT_OUT, f"a bundle deletes nothing in catalog {catalog}: drop it there, with a SQL client")
        elif first in NOT_NEEDED:
            self.note(piece, Fate.NOT_NEEDED, NOT_NEEDED[first])
        elif reason := left_out(piece):
            self.note(piece, Fate.LEFT_OUT, reason, text=self._query(piece) if first in QUERIES else "")
        else:
            # What no statement begins with is a mistake: the reader says which word may be meant.
            self.read(piece, Edits(), {})

    def _query(self, piece: Piece) -> str:
        """Return the text of a query, without secrets: it is in no file of the bundle."""
        edits = Edits()
        edit_secrets(piece, "query", edits)
        edit_comments(piece.inner, edits)
        return f"{edits.applied(piece.script.text, piece.start, piece.end)};"

    def _set(self, piece: Piece) -> None:
        given = session.assignment(piece)
        if given is None:
            self.note(piece, Fate.NOT_NEEDED, "it only shows the session's options")
            return
        option = session.session_option(*given)
        # A value that no header can have ends the one before: the jobs after it would not have that one either.
        self.options.pop(session.canonical(given[0]), None)
        if option.line:
            self.options[option.key] = option
            edits = Edits()
            remarks = [*piece.above, *piece.after]
            edit_comments(remarks, edits)
            self.remarks[option.key] = edited(piece.script.text, remarks, edits)
        self.note(
            piece, option.fate, option.why or "in the header of each job after it, until RESET", f"-- {option.line}" if option.line else ""
        )

    def _reset(self, piece: Piece) -> None:
        key = session.reset_key(piece)
        for name in [key] if key else list(self.options):
            self.options.pop(name, None)
        self.note(piece, Fate.NOT_NEEDED, "the jobs after it have the option no more")

    def _add(self, piece: Piece) -> None:
        self.note(piece, Fate.LEFT_OUT, self.jars.add(piece) or left_out(piece) or "")

    def _create(self, piece: Piece) -> None:
        edits = Edits()
        index, replaced = 1, False
        if piece.is_at(index, "OR", "REPLACE"):
            edits.replace(piece.tokens[1].start, piece.tokens[3].start, "")
            index, replaced = 3, True
        while index < len(piece.tokens) and piece.tokens[index].is_word("TEMPORARY", "SYSTEM"):
            index += 1
        word = piece.tokens[index].text.upper() if index < len(piece.tokens) else ""
        if word == "CATALOG":
            self.catalog(piece, index + 1)
            return
        if word == "DATABASE" and self.database(piece, index + 1):
            return
        if word not in _KINDS:
            reason = left_out(piece, word)
            if reason is None:
                self.read(piece, Edits(), {})
                return
            fate = Fate.NOT_NEEDED if word == "DATABASE" else Fate.LEFT_OUT
            self.note(piece, fate, reason)
            return
        kind, index = _KINDS[word], index + 1
        unless_there = piece.is_at(index, "IF", "NOT", "EXISTS")
        if unless_there:
            edits.replace(piece.tokens[index].start, piece.tokens[index + 3].start, "")
            index += 3
        self._object(piece, kind, index, edits, unless_there=unless_there, replaced=replaced)

    def _object(self, piece: Piece, kind: ObjectKind, index: int, edits: Edits, *, unless_there: bool, replaced: bool) -> None:
        tokens, after = dotted(piece.tokens, index)
        parts = [token.value for token in tokens]
        if not parts:
            self.problems.append(piece.problem(index, f"the name of a {kind} is expected here"))
            return
        body = " ".join(token.text for token in piece.tokens[after:])
        if self.names.find(kind, parts) is not None:
            self._again(piece, (kind.namespace, *self.names.full(parts)), parts[-1], body, unless_there=unless_there)
            return
        self.bodies[kind.namespace, *self.names.full(parts)] = body
        reason = left_out(piece, kind.name) or (self._kept_by_catalog(piece, parts) if kind is ObjectKind.TABLE else "")
        if reason:
            self._leave(piece, kind, parts, reason)
            return
        name = self.names.create(kind, parts)
        if len(tokens) > 1 or name != tokens[-1].value:
            shown = tokens[-1].text if name == tokens[-1].value and "${" not in name else written(name)
            edits.replace(tokens[0].start, tokens[-1].end, shown)
        notes = ["OR REPLACE is left out: replacing is what `up` does"] if replaced else []
        notes += self.jars.edit(piece, edits) if kind is ObjectKind.FUNCTION else []
        told, on_broker = edit_kafka(piece, self.broker, edits, inherited=self._is_like_one_on_the_broker(piece))
        notes += [*told, *self._secrets(piece, name, edits)]
        if on_broker:
            self.on_broker.add(name)
        if self.write(piece, name, edits, [], notes, kind=kind) is None:
            self.names.forget(kind, parts)
            self.left[self.key(kind, parts)] = str(piece.position)

    def _is_like_one_on_the_broker(self, piece: Piece) -> bool:
        """Return whether a table takes the options of one that is on the stack's broker."""
        index = next((number for number, token in enumerate(piece.tokens) if token.is_word("LIKE")), len(piece.tokens))
        parts = [token.value for token in dotted(piece.tokens, index + 1)[0]]
        return bool(parts) and self.names.find(ObjectKind.TABLE, parts) in self.on_broker

    def _secrets(self, piece: Piece, name: str, edits: Edits) -> list[str]:
        """Take the secrets out of a statement. Return the command that sets each."""
        found = edit_secrets(piece, name, edits)
        self.secrets += found
        return [f"a secret stood here: `pulumi config set --secret secret.{one}`" for one in found]

    def _again(self, piece: Piece, key: tuple[str, ...], name: str, body: str, *, unless_there: bool) -> None:
        """Handle a second CREATE of one name."""
        self.repeated(piece, name, same=self.bodies.get(key) == body, unless_there=unless_there)

    def _kept_by_catalog(self, piece: Piece, parts: list[str]) -> str:
        """Return why a table without a connector is left out: the catalog that it is created in says where its rows lie."""
        path = self.names.full(parts)
        says = bool(connector(options_of(piece))) or any(token.is_word("LIKE") for token in piece.tokens)
        if says or path[0] in {DEFAULT_PATH[0], *self.in_memory}:
            return ""
        return table_of_catalog(path, adopted=path[0] in self.catalogs)

    def _leave(self, piece: Piece, kind: ObjectKind, parts: list[str], reason: str) -> None:
        # A table that a catalog of the manifest keeps is there for the statements after it.
        if self.names.full(parts)[0] not in self.catalogs or connector(options_of(piece)):
            self.left[self.key(kind, parts)] = str(piece.position)
        self.note(piece, Fate.LEFT_OUT, reason)

    def _insert(self, piece: Piece) -> None:
        self._job(piece, Edits())

    def _execute(self, piece: Piece) -> None:
        if piece.is_at(1, "STATEMENT"):
            self._statement_set(piece)
        elif piece.is_at(1, "INSERT"):
            edits = Edits()
            edits.replace(piece.tokens[0].start, piece.tokens[1].start, "")
            self._job(piece, edits)
        else:
            self.note(piece, Fate.LEFT_OUT, left_out(piece) or "")

    def _statement_set(self, piece: Piece) -> None:
        """Bring each of Flink's two forms of a statement set into the one that a file holds."""
        if not any(piece.is_at(index, "STATEMENT", "SET") for index in range(2)):
            message = "Flink SQL has no transactions: remove this line, or write EXECUTE STATEMENT SET BEGIN for a statement set"
            self.problems.append(piece.problem(0, message))
            return
        edits = Edits()
        end = next((number for number, token in enumerate(piece.tokens) if token.is_word("INSERT", "END")), len(piece.tokens))
        if not piece.is_at(0, "EXECUTE", "STATEMENT", "SET", "BEGIN"):
            last = piece.tokens[end - 1]
            edits.replace(piece.start, last.end, "EXECUTE STATEMENT SET BEGIN")
        self._job(piece, edits)

    def _job(self, piece: Piece, edits: Edits) -> None:
        targets = dict.fromkeys(
            parts[-1].value
            for number, token in enumerate(piece.tokens)
            if token.is_word("INTO", "OVERWRITE") and piece.tokens[number - 1].is_word("INSERT")
            if (parts := dotted(piece.tokens, number + 1)[0])
        )
        told = "_and_".join(targets) if 0 < len(targets) <= _NAMED_TARGETS else f"{len(targets)}_tables"
        header = [line for key, one in self.options.items() for line in (*self.remarks[key], f"-- {one.line}")]
        options = [one.line for one in self.options.values()]
        notes = [*([f"header: {'; '.join(options)}"] if options else []), *self._secrets(piece, f"insert_{told}", edits)]
        self.write(piece, f"insert_{told}", edits, header, notes)

    def conclude(self) -> None:
        """Say of each job whether it ends by itself, and put what was noted of each file into the table."""
        entries = [one.entry for one in self.made]
        for made in self.made:
            if made.entry.references.writes and not made.text.startswith(BOUNDED) and ends_by_itself(made.entry, entries):
                made.text = f"{BOUNDED}\n{made.text}"
            if made.text.startswith(BOUNDED):
                made.notes.append("header: kind: bounded, for all that it reads ends")
        notes = {str(one.piece.position): "; ".join(one.notes) for one in self.made}
        self.outcomes = [replace(one, why=notes.get(str(one.position), one.why)) for one in self.outcomes]
