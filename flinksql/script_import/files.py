"""How a statement of a script becomes a file of the bundle: placeholders, remarks, and the names of what it mentions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flinksql.errors import StatementError
from flinksql.script_import.catalogs import ScriptCatalog, in_full
from flinksql.script_import.edits import Edits
from flinksql.script_import.jars import Jars
from flinksql.script_import.made import Made, ReadStatement, edited, read_entry, reads_no_table
from flinksql.script_import.names import Names, Path, by_case, dotted, written
from flinksql.script_import.outcome import Fate, Outcome
from flinksql.script_import.qualifiers import edit_qualifiers
from flinksql.script_import.rewrite import edit_comments, edit_placeholders, edit_topic, hinted_topic
from flinksql.script_import.split import Piece
from flinksql.sql import ObjectKind, Reference
from flinksql.sql.function_jars import parameter_of
from flinksql.sql.names import DEFAULT_PATH
from flinksql.sql.place import line_starts
from flinksql.sql.tokens import Token

BOUNDED = "-- kind: bounded"


@dataclass(kw_only=True)
class FileWriter:
    """What is known between two statements of a script. `known` are values of the placeholders that every bundle gets."""

    known: Mapping[str, str]
    broker: str
    names: Names = field(default_factory=Names)
    made: list[Made] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[StatementError] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    catalogs: dict[str, ScriptCatalog] = field(default_factory=dict)
    in_memory: dict[str, str] = field(default_factory=dict)
    """The catalogs that keep nothing, with the database that USE CATALOG enters: their objects are the bundle's own."""
    jars: Jars = field(default_factory=Jars)
    on_broker: set[str] = field(default_factory=set)
    """Tables on the stack's broker, as the bundle calls them."""
    left: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Objects whose CREATE is left out, by name space and full name, with its place."""

    def note(self, piece: Piece, fate: Fate, why: str = "", result: str = "", text: str = "") -> None:
        """Add a row to the table."""
        self.outcomes.append(Outcome(position=piece.position, title=piece.title, fate=fate, result=result, why=why, text=text))

    def write(
        self, piece: Piece, wanted: str, edits: Edits, header: list[str], notes: list[str], *, kind: ObjectKind | None = None
    ) -> Made | None:
        """Make a file of a statement. None where it mentions what the script does not create, or cannot be read."""
        script = piece.script.text
        values = {**self.known}
        for name in edit_placeholders(piece, self.known, edits):
            self.parameters.append(name)
        values |= dict.fromkeys([*self.parameters, *map(parameter_of, self.jars.places.values())], "value")
        edit_comments([*piece.above, *piece.inner, *piece.after], edits)
        read = self.read(piece, edits, values)
        if read is None:
            return None
        missing = self._resolve(piece, read, edits)
        if missing:
            self.note(piece, Fate.LEFT_OUT, missing)
            return None
        above, after = [edited(script, piece.above, edits), edited(script, piece.after, edits)]
        bounded = [BOUNDED] if kind is None and reads_no_table(read.entry) else []
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

    def read(self, piece: Piece, edits: Edits, values: Mapping[str, str]) -> ReadStatement | None:
        """Read a statement. What is wrong with it is noted at its place in the script.

        A job that reads no table ends by itself: it is read once more with the header that says so.
        """
        text = edits.applied(piece.script.text, piece.start, piece.end)
        position = piece.position
        pad = "\n" * (position.line - 1) + " " * (position.column - 1)
        try:
            return ReadStatement(entry=read_entry(pad + text, position.file, values), pad=len(pad))
        except StatementError as problem:
            try:
                bounded = f"{BOUNDED}\n{pad}"
                return ReadStatement(entry=read_entry(bounded + text, position.file, values), pad=len(bounded))
            except StatementError:
                self.problems.append(_in_script(problem, piece, edits, pad + text, len(pad)))
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
        renamed: dict[str, str] = {}
        for mention, place in zip(mentions, places, strict=True):
            tokens = self._tokens(piece, place)[0]
            name = self.names.find(mention.kind, [token.value for token in tokens])
            if mention.kind is ObjectKind.TABLE and name is not None:
                renamed[".".join(token.value for token in tokens)] = name
        edit_qualifiers(piece, renamed, frozenset(places), edits)
        return ""

    def _tokens(self, piece: Piece, place: int) -> tuple[list[Token], int]:
        index = next(number for number, token in enumerate(piece.tokens) if token.start == place)
        return dotted(piece.tokens, index)

    def _mention(self, piece: Piece, mention: Reference, place: int, edits: Edits) -> str:
        tokens, after = self._tokens(piece, place)
        parts = [token.value for token in tokens]
        where = self.left.get(self.key(mention.kind, parts))
        if where:
            return f"it uses {parts[-1]} ({where}), which is left out"
        name = self.names.find(mention.kind, parts)
        if name is None and mention.kind is not ObjectKind.FUNCTION:
            full = self.names.full(parts)
            if full[0] in self.catalogs:
                return self._in_catalog(tokens, full, edits)
            if full[0] not in {DEFAULT_PATH[0], *self.in_memory}:
                return f"it uses {'.'.join(full)}, and the script does not create catalog {full[0]} before: add its CREATE CATALOG"
            return f"it uses the {mention.kind} {'.'.join(parts)}, which the script does not create before: add its CREATE statement"
        if name is not None and (len(tokens) > 1 or name != parts[0]):
            edits.replace(tokens[0].start, tokens[-1].end, written(name))
        if name in self.on_broker and (topic := hinted_topic(piece.tokens, after)):
            edit_topic(topic, edits)
        return ""

    def _in_catalog(self, tokens: list[Token], full: Path, edits: Edits) -> str:
        """Write a name in a catalog of the manifest in full. Return why that is impossible, empty where it is done."""
        if any("${" in part for part in full):
            return f"the database that it is in is a placeholder: write {full[0]}.DATABASE.{full[-1]}"
        if len(tokens) < len(full):
            edits.replace(tokens[0].start, tokens[-1].end, f"{in_full(full[:-1])}.{tokens[-1].text}")
        return ""

    def key(self, kind: ObjectKind, parts: list[str]) -> tuple[str, ...]:
        """Return the name space and the full name of an object."""
        return kind.namespace, *by_case(kind, self.names.full(parts))


def _in_script(problem: StatementError, piece: Piece, edits: Edits, text: str, pad: int) -> StatementError:
    """Return an error about an edited statement at its place in the script. `text` begins with `pad` characters of no meaning."""
    if problem.position is None:
        return problem
    offset = line_starts(text)[problem.position.line - 1] + problem.position.column - 1 - pad
    return piece.script.problem(min(edits.origin(offset, piece.start), piece.end), problem.problem)
