"""The statements of a script, one after the other, as statements of a bundle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from flinksql.errors import StatementError
from flinksql.script_import import options as session
from flinksql.script_import.bounded import ends_by_itself
from flinksql.script_import.made import Made, ReadStatement, edited, read_entry, reads_no_table
from flinksql.script_import.names import Names, by_case, dotted, written
from flinksql.script_import.outcome import Fate, Outcome
from flinksql.script_import.refusals import NOT_NEEDED, left_out
from flinksql.script_import.rewrite import (
    Edits,
    connector,
    edit_comments,
    edit_kafka,
    edit_placeholders,
    edit_secrets,
    options_of,
)
from flinksql.script_import.split import Piece
from flinksql.sql import ObjectKind, Reference
from flinksql.sql.names import DEFAULT_PATH

_BOUNDED = "-- kind: bounded"
_KINDS = {kind.name: kind for kind in ObjectKind}
_NAMED_TARGETS = 2


@dataclass(kw_only=True)
class Converter:
    """What is known between two statements of a script. `known` are values of the placeholders that every bundle gets."""

    known: Mapping[str, str]
    broker: str
    names: Names = field(default_factory=Names)
    options: dict[str, session.SessionOption] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    """Comments above a SET, by its key, for the header that its option goes to."""
    made: list[Made] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[StatementError] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    left: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Objects whose CREATE is left out, by name space and full name, with its place."""
    bodies: dict[tuple[str, ...], str] = field(default_factory=dict)

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
            "BEGIN": self._statement_set,
            "STATEMENT": self._statement_set,
        }
        if first in handlers:
            handlers[first](piece)
        elif first in NOT_NEEDED:
            self._note(piece, Fate.NOT_NEEDED, NOT_NEEDED[first])
        elif reason := left_out(piece):
            self._note(piece, Fate.LEFT_OUT, reason)
        else:
            # What no statement begins with is a mistake: the reader says which word may be meant.
            self._read(piece, piece.script.text[piece.start : piece.end], {})

    def _note(self, piece: Piece, fate: Fate, why: str = "", result: str = "") -> None:
        self.outcomes.append(Outcome(position=piece.position, title=piece.title, fate=fate, result=result, why=why))

    def _set(self, piece: Piece) -> None:
        given = session.assignment(piece)
        if given is None:
            self._note(piece, Fate.NOT_NEEDED, "it only shows the session's options")
            return
        option = session.session_option(*given)
        if option.line:
            self.options.pop(option.key, None)
            self.options[option.key] = option
            edits = Edits()
            edit_comments(piece.above, edits)
            self.remarks[option.key] = edited(piece.script.text, piece.above, edits)
        self._note(
            piece, option.fate, option.why or "in the header of each job after it, until RESET", f"-- {option.line}" if option.line else ""
        )

    def _reset(self, piece: Piece) -> None:
        key = session.reset_key(piece)
        for name in [key] if key else list(self.options):
            self.options.pop(name, None)
        self._note(piece, Fate.NOT_NEEDED, "the jobs after it have the option no more")

    def _use(self, piece: Piece) -> None:
        words = 2 if piece.is_at(1, "CATALOG") else 1
        if piece.is_at(1, "MODULES"):
            self._note(piece, Fate.LEFT_OUT, "USE MODULES changes a session: Flink's own functions are always there")
            return
        parts = [token.value for token in dotted(piece.tokens, words)[0]]
        if not parts:
            self.problems.append(piece.problem(words, "the name of a catalog or database is expected here"))
            return
        if words > 1:
            self.names.path = (parts[0], self.names.path[1] if parts[0] == self.names.path[0] else "default")
        else:
            self.names.path = (self.names.path[0], parts[0]) if len(parts) == 1 else (parts[0], parts[1])
        self._note(piece, Fate.NOT_NEEDED, "all objects of a bundle are in one database; names that begin with this one lose it")

    def _create(self, piece: Piece) -> None:
        edits = Edits()
        index, replaced = 1, False
        if piece.is_at(index, "OR", "REPLACE"):
            edits.replace(piece.tokens[1].start, piece.tokens[3].start, "")
            index, replaced = 3, True
        while index < len(piece.tokens) and piece.tokens[index].is_word("TEMPORARY", "SYSTEM"):
            index += 1
        word = piece.tokens[index].text.upper() if index < len(piece.tokens) else ""
        if word in {"DATABASE", "CATALOG"} or word not in _KINDS:
            reason = left_out(piece, word)
            if reason is None:
                self._read(piece, piece.script.text[piece.start : piece.end], {})
                return
            fate = Fate.NOT_NEEDED if word == "DATABASE" else Fate.LEFT_OUT
            self._note(piece, fate, reason)
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
        reason = left_out(piece, kind.name) or (self._kept_by_catalog(piece) if kind is ObjectKind.TABLE else "")
        if reason:
            self._leave(piece, kind, parts, reason)
            return
        name = self.names.create(kind, parts)
        if written(name) != piece.script.text[tokens[0].start : tokens[-1].end]:
            shown = tokens[-1].text if name == tokens[-1].value else written(name)
            edits.replace(tokens[0].start, tokens[-1].end, shown)
        notes = ["OR REPLACE is left out: replacing is what `up` does"] if replaced else []
        notes += edit_kafka(piece, self.broker, edits)
        found = edit_secrets(piece, name, edits)
        self.secrets += found
        notes += [f"a secret stood here: `pulumi config set --secret secret.{one}`" for one in found]
        if self._write(piece, name, edits, [], notes, kind=kind) is None:
            self.names.forget(kind, parts)
            self.left[self._key(kind, parts)] = str(piece.position)

    def _again(self, piece: Piece, key: tuple[str, ...], name: str, body: str, *, unless_there: bool) -> None:
        """Handle a second CREATE of one name."""
        if unless_there:
            self._note(piece, Fate.NOT_NEEDED, "it is there already, and IF NOT EXISTS keeps the first one")
        elif self.bodies.get(key) == body:
            self._note(piece, Fate.NOT_NEEDED, "it is created the same way before")
        else:
            message = f"{name} is created twice, in different ways: give one of them another name, here and in the statements that use it"
            self.problems.append(piece.problem(0, message))

    def _kept_by_catalog(self, piece: Piece) -> str:
        """Return why a table without a connector is left out: the catalog that it is created in says where its rows lie."""
        own = self.names.path[0] == DEFAULT_PATH[0]
        if own or connector(options_of(piece)) or any(token.is_word("LIKE") for token in piece.tokens):
            return ""
        return (
            f"catalog {self.names.path[0]} says where its rows lie: make it there once, and write the catalog under `catalogs:` in "
            "bundle.yaml; or write CREATE TABLE with a connector"
        )

    def _leave(self, piece: Piece, kind: ObjectKind, parts: list[str], reason: str) -> None:
        self.left[self._key(kind, parts)] = str(piece.position)
        self._note(piece, Fate.LEFT_OUT, reason)

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
            self._note(piece, Fate.LEFT_OUT, left_out(piece) or "")

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
        notes = [f"header: {'; '.join(options)}"] if options else []
        self._write(piece, f"insert_{told}", edits, header, notes)

    def _write(
        self, piece: Piece, wanted: str, edits: Edits, header: list[str], notes: list[str], *, kind: ObjectKind | None = None
    ) -> Made | None:
        """Make a file of a statement. None where it mentions what the script does not create, or cannot be read."""
        script = piece.script.text
        values = {**self.known}
        for name in edit_placeholders(piece, self.known, edits):
            self.parameters.append(name)
        values |= dict.fromkeys(self.parameters, "value")
        edit_comments([*piece.above, *piece.inner, *piece.after], edits)
        read = self._read(piece, edits.applied(script, piece.start, piece.end), values)
        if read is None:
            return None
        missing = self._resolve(piece, read, edits)
        if missing:
            self._note(piece, Fate.LEFT_OUT, missing)
            return None
        above, after = [edited(script, piece.above, edits), edited(script, piece.after, edits)]
        bounded = [_BOUNDED] if kind is None and reads_no_table(read.entry) else []
        last = f"{edits.applied(script, piece.start, piece.end)};{'  ' + after[0] if after else ''}"
        text = "\n".join([*bounded, *header, *above, last, *after[1:]]) + "\n"
        try:
            entry = read_entry(text, piece.position.file, values)
        except StatementError as problem:
            self.problems.append(piece.problem(0, f"the file made of it cannot be read: {problem.problem}"))
            return None
        made = Made(piece=piece, name=self.names.file(wanted), text=text, entry=entry, notes=notes)
        self.made.append(made)
        self.outcomes.append(Outcome(position=piece.position, title=piece.title, fate=Fate.FILE, result=f"{made.name}.sql"))
        return made

    def _read(self, piece: Piece, text: str, values: Mapping[str, str]) -> ReadStatement | None:
        """Read a statement. What is wrong with it is noted at its place in the script.

        A job that reads no table ends by itself: it is read once more with the header that says so.
        """
        position = piece.position
        pad = "\n" * (position.line - 1) + " " * (position.column - 1)
        try:
            return ReadStatement(entry=read_entry(pad + text, position.file, values), pad=len(pad))
        except StatementError as problem:
            try:
                bounded = f"{_BOUNDED}\n{pad}"
                return ReadStatement(entry=read_entry(bounded + text, position.file, values), pad=len(bounded))
            except StatementError:
                self.problems.append(problem)
                return None

    def _resolve(self, piece: Piece, read: ReadStatement, edits: Edits) -> str:
        """Give every mention of an object the name that the bundle has for it. Return what is missing, empty when nothing is."""
        references = read.entry.references
        own = references.creates.offset if references.creates else -1
        mentions = [one for one in (*references.reads, *references.writes, *references.calls) if one.offset != own]
        places = [edits.origin(read.entry.rendered.source_offset(one.offset) - read.pad, piece.start) for one in mentions]
        for mention, place in zip(mentions, places, strict=True):
            problem = self._mention(piece, mention, place, edits)
            if problem:
                return problem
        return ""

    def _mention(self, piece: Piece, mention: Reference, place: int, edits: Edits) -> str:
        index = next(number for number, token in enumerate(piece.tokens) if token.start == place)
        tokens, _ = dotted(piece.tokens, index)
        parts = [token.value for token in tokens]
        where = self.left.get(self._key(mention.kind, parts))
        if where:
            return f"it uses {parts[-1]} ({where}), which is left out"
        name = self.names.find(mention.kind, parts)
        if name is None and mention.kind is not ObjectKind.FUNCTION:
            return f"it uses the {mention.kind} {'.'.join(parts)}, which the script does not create before: add its CREATE statement"
        if name is not None and (len(tokens) > 1 or name != parts[0]):
            edits.replace(tokens[0].start, tokens[-1].end, written(name))
        return ""

    def _key(self, kind: ObjectKind, parts: list[str]) -> tuple[str, ...]:
        return kind.namespace, *by_case(kind, self.names.full(parts))

    def conclude(self) -> None:
        """Say of each job whether it ends by itself, and put what was noted of each file into the table."""
        entries = [one.entry for one in self.made]
        for made in self.made:
            if made.entry.references.writes and not made.text.startswith(_BOUNDED) and ends_by_itself(made.entry, entries):
                made.text = f"{_BOUNDED}\n{made.text}"
            if made.text.startswith(_BOUNDED):
                made.notes.append("header: kind: bounded, for all that it reads ends")
        notes = {str(one.piece.position): "; ".join(one.notes) for one in self.made}
        self.outcomes = [replace(one, why=notes.get(str(one.position), "")) if one.fate is Fate.FILE else one for one in self.outcomes]
