"""The statements of a script, one after the other, as statements of a bundle."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from flinksql.errors import StatementError
from flinksql.script_import import options as session
from flinksql.script_import.bounded import ends_by_itself
from flinksql.script_import.catalogs import database_of_catalog, read_catalog, refused_name, table_of_catalog
from flinksql.script_import.edits import Edits
from flinksql.script_import.files import BOUNDED, FileWriter
from flinksql.script_import.made import edited
from flinksql.script_import.names import Path, dotted, written
from flinksql.script_import.outcome import Fate
from flinksql.script_import.refusals import NOT_NEEDED, QUERIES, left_out
from flinksql.script_import.rewrite import connector, edit_comments, edit_kafka, options_of
from flinksql.script_import.secrets import edit_secrets
from flinksql.script_import.split import Piece
from flinksql.sql import ObjectKind
from flinksql.sql.manifest import FILE
from flinksql.sql.names import DEFAULT_PATH

_KINDS = {kind.name: kind for kind in ObjectKind}
_NAMED_TARGETS = 2


@dataclass(kw_only=True)
class Converter(FileWriter):
    """The statements of a script, each by what it begins with. `bodies` tells a repeated CREATE from another one."""

    options: dict[str, session.SessionOption] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    """Comments above a SET, by its key, for the header that its option goes to."""
    bodies: dict[tuple[str, ...], str] = field(default_factory=dict)
    """What each object is created as, by name space and full name."""

    def take(self, piece: Piece) -> None:
        """Convert the next statement."""
        first = piece.tokens[0].text.upper()
        handlers: dict[str, Callable[[Piece], None]] = {
            "SET": self._set,
            "RESET": self._reset,
            "USE": self._use,
            "CREATE": self._create,
            "INSERT": self._insert,
            "EXECUTE": self._execute,
            "ADD": self._add,
            "BEGIN": self._statement_set,
            "STATEMENT": self._statement_set,
        }
        if first in handlers:
            handlers[first](piece)
        elif first == "DROP" and (catalog := self._dropped_from(piece)):
            self.note(piece, Fate.LEFT_OUT, f"a bundle deletes nothing in catalog {catalog}: drop it there, with a SQL client")
        elif first in NOT_NEEDED:
            self.note(piece, Fate.NOT_NEEDED, NOT_NEEDED[first])
        elif reason := left_out(piece):
            self.note(piece, Fate.LEFT_OUT, reason, text=self._query(piece) if first in QUERIES else "")
        else:
            # What no statement begins with is a mistake: the reader says which word may be meant.
            self.read(piece, piece.script.text[piece.start : piece.end], {})

    def _query(self, piece: Piece) -> str:
        """Return the text of a query, without secrets: it is in no file of the bundle."""
        edits = Edits()
        edit_secrets(piece, "query", edits)
        edit_comments(piece.inner, edits)
        return f"{edits.applied(piece.script.text, piece.start, piece.end)};"

    def _dropped_from(self, piece: Piece) -> str:
        """Return the catalog of the manifest in which a DROP deletes something; empty where it is none."""
        if not (piece.is_at(1, "TABLE") or piece.is_at(1, "DATABASE")):
            return ""
        parts = [token.value for token in dotted(piece.tokens, 4 if piece.is_at(2, "IF", "EXISTS") else 2)[0]]
        if piece.is_at(1, "DATABASE"):
            catalog = parts[0] if len(parts) > 1 else self.names.path[0]
        else:
            catalog = self.names.full(parts)[0] if parts and self.names.find(ObjectKind.TABLE, parts) is None else ""
        return catalog if catalog in self.catalogs else ""

    def _set(self, piece: Piece) -> None:
        given = session.assignment(piece)
        if given is None:
            self.note(piece, Fate.NOT_NEEDED, "it only shows the session's options")
            return
        option = session.session_option(*given)
        if option.line:
            self.options.pop(option.key, None)
            self.options[option.key] = option
            edits = Edits()
            edit_comments(piece.above, edits)
            self.remarks[option.key] = edited(piece.script.text, piece.above, edits)
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

    def _use(self, piece: Piece) -> None:
        words = 2 if piece.is_at(1, "CATALOG") else 1
        if piece.is_at(1, "MODULES"):
            self.note(piece, Fate.LEFT_OUT, "USE MODULES changes a session: Flink's own functions are always there")
            return
        parts = [token.value for token in dotted(piece.tokens, words)[0]]
        if not parts:
            self.problems.append(piece.problem(words, "the name of a catalog or database is expected here"))
            return
        if words > 1:
            self.names.path = self._entered(parts[0])
        else:
            self.names.path = (self.names.path[0], parts[0]) if len(parts) == 1 else (parts[0], parts[1])
        why = "all objects of a bundle are in one database; names that begin with this one lose it"
        if self.names.path[0] in self.catalogs:
            why = "names of tables that the script does not create are written in full"
        self.note(piece, Fate.NOT_NEEDED, why)

    def _entered(self, catalog: str) -> Path:
        """Return where USE CATALOG leads to."""
        if catalog == self.names.path[0]:
            return self.names.path
        if catalog == DEFAULT_PATH[0]:
            return DEFAULT_PATH
        return (catalog, self.catalogs[catalog].database if catalog in self.catalogs else "default")

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
            self._catalog(piece, index + 1)
            return
        if word == "DATABASE" and self._database(piece, index + 1):
            return
        if word not in _KINDS:
            reason = left_out(piece, word)
            if reason is None:
                self.read(piece, piece.script.text[piece.start : piece.end], {})
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

    def _catalog(self, piece: Piece, index: int) -> None:
        """Put a catalog into the manifest."""
        unless_there = piece.is_at(index, "IF", "NOT", "EXISTS")
        tokens, after = dotted(piece.tokens, index + 3 if unless_there else index)
        if len(tokens) != 1:
            self.problems.append(piece.problem(index, "the name of a catalog is expected here"))
            return
        name, body = tokens[0].value, " ".join(token.text for token in piece.tokens[after:])
        if name in self.catalogs:
            self._repeated(piece, name, same=self.catalogs[name].body == body, unless_there=unless_there)
        elif reason := refused_name(name):
            self.note(piece, Fate.LEFT_OUT, reason)
        else:
            try:
                found = read_catalog(piece, name, body, self.known)
            except StatementError as problem:
                self.problems.append(problem)
                return
            self.catalogs[name] = found
            why = "; ".join(f"a secret stood here: `pulumi config set --secret secret.{one}`" for one in found.secrets)
            self.note(
                piece, Fate.FILE, why or "what is in it is read and written, never created; name the jar of its type under `jars:`", FILE
            )

    def _database(self, piece: Piece, index: int) -> bool:
        """Say of a CREATE DATABASE in a catalog of the manifest that nobody creates it. Return whether it is one."""
        parts = [token.value for token in dotted(piece.tokens, index + 3 if piece.is_at(index, "IF", "NOT", "EXISTS") else index)[0]]
        catalog = parts[0] if len(parts) > 1 else self.names.path[0]
        if catalog not in self.catalogs:
            return False
        self.note(piece, Fate.LEFT_OUT, database_of_catalog(catalog))
        return True

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
        if written(name) != piece.script.text[tokens[0].start : tokens[-1].end]:
            shown = tokens[-1].text if name == tokens[-1].value else written(name)
            edits.replace(tokens[0].start, tokens[-1].end, shown)
        notes = ["OR REPLACE is left out: replacing is what `up` does"] if replaced else []
        notes += self.jars.edit(piece, edits) if kind is ObjectKind.FUNCTION else []
        notes += [*edit_kafka(piece, self.broker, edits), *self._secrets(piece, name, edits)]
        if self.write(piece, name, edits, [], notes, kind=kind) is None:
            self.names.forget(kind, parts)
            self.left[self.key(kind, parts)] = str(piece.position)

    def _secrets(self, piece: Piece, name: str, edits: Edits) -> list[str]:
        """Take the secrets out of a statement. Return the command that sets each."""
        found = edit_secrets(piece, name, edits)
        self.secrets += found
        return [f"a secret stood here: `pulumi config set --secret secret.{one}`" for one in found]

    def _again(self, piece: Piece, key: tuple[str, ...], name: str, body: str, *, unless_there: bool) -> None:
        """Handle a second CREATE of one name."""
        self._repeated(piece, name, same=self.bodies.get(key) == body, unless_there=unless_there)

    def _repeated(self, piece: Piece, name: str, *, same: bool, unless_there: bool) -> None:
        if unless_there:
            self.note(piece, Fate.NOT_NEEDED, "it is there already, and IF NOT EXISTS keeps the first one")
        elif same:
            self.note(piece, Fate.NOT_NEEDED, "it is created the same way before")
        else:
            message = f"{name} is created twice, in different ways: give one of them another name, here and in the statements that use it"
            self.problems.append(piece.problem(0, message))

    def _kept_by_catalog(self, piece: Piece, parts: list[str]) -> str:
        """Return why a table without a connector is left out: the catalog that it is created in says where its rows lie."""
        path = self.names.full(parts)
        if path[0] == DEFAULT_PATH[0] or connector(options_of(piece)) or any(token.is_word("LIKE") for token in piece.tokens):
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
