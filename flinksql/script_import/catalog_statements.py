"""The statements of a script about catalogs and databases: USE, CREATE CATALOG, CREATE DATABASE and DROP."""

from dataclasses import dataclass

from flinksql.errors import StatementError
from flinksql.script_import.catalogs import IN_MEMORY, database_of_catalog, read_catalog, refused_name
from flinksql.script_import.files import FileWriter
from flinksql.script_import.names import Path, dotted
from flinksql.script_import.outcome import Fate
from flinksql.script_import.split import Piece
from flinksql.sql import ObjectKind
from flinksql.sql.catalogs import TYPE
from flinksql.sql.manifest import FILE
from flinksql.sql.names import DEFAULT_PATH


@dataclass(kw_only=True)
class CatalogWriter(FileWriter):
    """What becomes of a script's catalogs, and where in them the script is."""

    def dropped_from(self, piece: Piece) -> str:
        """Return the catalog of the manifest in which a DROP deletes something; empty where it is none."""
        if not (piece.is_at(1, "TABLE") or piece.is_at(1, "DATABASE")):
            return ""
        parts = [token.value for token in dotted(piece.tokens, 4 if piece.is_at(2, "IF", "EXISTS") else 2)[0]]
        if piece.is_at(1, "DATABASE"):
            catalog = parts[0] if len(parts) > 1 else self.names.path[0]
        else:
            catalog = self.names.full(parts)[0] if parts and self.names.find(ObjectKind.TABLE, parts) is None else ""
        return catalog if catalog in self.catalogs else ""

    def use(self, piece: Piece) -> None:
        """Enter a database or a catalog."""
        words = 2 if piece.is_at(1, "CATALOG") else 1
        if piece.is_at(1, "MODULES"):
            self.note(piece, Fate.LEFT_OUT, "USE MODULES changes a session: Flink's own functions are always there")
            return
        parts = [token.value for token in dotted(piece.tokens, words)[0]]
        if not parts:
            self.problems.append(piece.problem(words, "the name of a catalog or database is expected here"))
            return
        if words > 1:
            self.names.path = self.entered(parts[0])
        else:
            self.names.path = (self.names.path[0], parts[0]) if len(parts) == 1 else (parts[0], parts[1])
        why = "all objects of a bundle are in one database; names that begin with this one lose it"
        if self.names.path[0] in self.catalogs:
            why = "names of tables that the script does not create are written in full"
        self.note(piece, Fate.NOT_NEEDED, why)

    def entered(self, catalog: str) -> Path:
        """Return where USE CATALOG leads to."""
        if catalog == self.names.path[0]:
            return self.names.path
        if catalog == DEFAULT_PATH[0]:
            return DEFAULT_PATH
        return (catalog, self.catalogs[catalog].database if catalog in self.catalogs else self.in_memory.get(catalog, "default"))

    def catalog(self, piece: Piece, index: int) -> None:
        """Put a catalog into the manifest."""
        unless_there = piece.is_at(index, "IF", "NOT", "EXISTS")
        tokens, after = dotted(piece.tokens, index + 3 if unless_there else index)
        if len(tokens) != 1:
            self.problems.append(piece.problem(index, "the name of a catalog is expected here"))
            return
        name, body = tokens[0].value, " ".join(token.text for token in piece.tokens[after:])
        if name in self.catalogs:
            self.repeated(piece, name, same=self.catalogs[name].body == body, unless_there=unless_there)
        elif reason := refused_name(name):
            self.note(piece, Fate.LEFT_OUT, reason)
        else:
            try:
                found = read_catalog(piece, name, body, self.known)
            except StatementError as problem:
                self.problems.append(problem)
                return
            if found.options[TYPE] == IN_MEMORY:
                self.in_memory[name] = found.database
                self.note(piece, Fate.NOT_NEEDED, "this catalog keeps nothing: what the script creates in it is the bundle's own")
                return
            self.catalogs[name] = found
            why = "; ".join(f"a secret stood here: `pulumi config set --secret secret.{one}`" for one in found.secrets)
            self.note(
                piece, Fate.FILE, why or "what is in it is read and written, never created; name the jar of its type under `jars:`", FILE
            )

    def database(self, piece: Piece, index: int) -> bool:
        """Say of a CREATE DATABASE in a catalog of the manifest that nobody creates it. Return whether it is one."""
        parts = [token.value for token in dotted(piece.tokens, index + 3 if piece.is_at(index, "IF", "NOT", "EXISTS") else index)[0]]
        catalog = parts[0] if len(parts) > 1 else self.names.path[0]
        if catalog not in self.catalogs:
            return False
        self.note(piece, Fate.LEFT_OUT, database_of_catalog(catalog))
        return True

    def repeated(self, piece: Piece, name: str, *, same: bool, unless_there: bool) -> None:
        """Say of a second CREATE of one name whether it changes anything."""
        if unless_there:
            self.note(piece, Fate.NOT_NEEDED, "it is there already, and IF NOT EXISTS keeps the first one")
        elif same:
            self.note(piece, Fate.NOT_NEEDED, "it is created the same way before")
        else:
            message = f"{name} is created twice, in different ways: give one of them another name, here and in the statements that use it"
            self.problems.append(piece.problem(0, message))
