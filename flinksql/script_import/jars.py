"""Jars of a script: what a person copies into the bundle's folder. No file is copied here."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from flinksql.script_import.edits import Edits
from flinksql.script_import.split import Piece
from flinksql.sql.function_jars import SUFFIX
from flinksql.sql.tokens import TokenKind

FOLDER = "jars"
_REMOTE = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:", re.IGNORECASE)
_SEPARATOR = re.compile(r"[/\\]")


@dataclass(kw_only=True)
class Jars:
    """The jars that a script names: by path, where each is to lie in the bundle. `added` are those of ADD JAR."""

    places: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)

    def add(self, piece: Piece) -> str:
        """Note an ADD JAR. Return what to do; empty where it names no file."""
        path = next((token.value for token in piece.tokens if token.kind is TokenKind.STRING), "")
        if not path.endswith(SUFFIX) or "${" in path:
            return ""
        place = self._place(path)
        self.added.append(place)
        return (
            f"a jar with functions: copy it to {place} in the bundle's folder, and write USING JAR {_text(place)} at the end of their "
            "CREATE FUNCTION; connectors and formats stand under `jars:` in bundle.yaml, by their Maven coordinates"
        )

    def edit(self, piece: Piece, edits: Edits) -> list[str]:
        """Put the bundle's own folder in place of the paths of a CREATE FUNCTION. Return what to do."""
        named = [token for before, token in pairwise(piece.tokens) if before.is_word("JAR") and token.kind is TokenKind.STRING]
        if not named and self.added:
            return [f"if its class is in a jar that was added, write USING JAR {_text(self.added[-1])} at its end"]
        notes: list[str] = []
        for token in named:
            if _REMOTE.match(token.value) or "${" in token.text or not token.value.endswith(SUFFIX):
                continue
            place = self._place(token.value)
            edits.replace(token.start, token.end, _text(place))
            notes.append(f"copy {token.value} to {place} in the bundle's folder")
        return notes

    def _place(self, path: str) -> str:
        name = _SEPARATOR.split(path)[-1]
        taken = {place for other, place in self.places.items() if other != path}
        place, number = f"{FOLDER}/{name}", 2
        while place in taken:
            place, number = f"{FOLDER}/{name.removesuffix(SUFFIX)}_{number}{SUFFIX}", number + 1
        return self.places.setdefault(path, place)


def _text(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"
