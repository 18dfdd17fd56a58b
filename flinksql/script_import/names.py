"""Names in a script: what its USE and CREATE DATABASE make of them, and what the bundle calls the same objects and files."""

import re
import unicodedata
from dataclasses import dataclass, field

from flinksql.script_import.rewrite import parameter_name
from flinksql.sql.names import DEFAULT_PATH, ObjectKind
from flinksql.sql.placeholders import PLACEHOLDER
from flinksql.sql.tokens import Token

Path = tuple[str, ...]
_OTHER = re.compile(r"[^a-z0-9_]+")
_SEVERAL = re.compile(r"__+")
_LATIN = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(kw_only=True)
class Names:
    """Where the script is, and the objects that it has created: by name space and full name, what the bundle calls them."""

    path: Path = DEFAULT_PATH
    created: dict[tuple[str, Path], str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def full(self, parts: list[str]) -> Path:
        """Return the full name that dotted parts mean here."""
        return (*self.path[: len(self.path) + 1 - len(parts)], *parts) if len(parts) <= len(self.path) else tuple(parts)

    def find(self, kind: ObjectKind, parts: list[str]) -> str | None:
        """Return what the bundle calls an object that the script has created; None where it has not."""
        return self.created.get((kind.namespace, by_case(kind, self.full(parts))))

    def create(self, kind: ObjectKind, parts: list[str]) -> str:
        """Note an object and return what the bundle calls it: its own name, after that of its database where two have the same."""
        full = by_case(kind, self.full(parts))
        taken = {name for (space, _), name in self.created.items() if space == kind.namespace}
        own = parts[-1]
        name = own if own not in taken else f"{full[-2]}_{own}"
        self.created[kind.namespace, full] = name
        return name

    def forget(self, kind: ObjectKind, parts: list[str]) -> None:
        """Take a note back: the statement that creates the object is left out."""
        self.created.pop((kind.namespace, by_case(kind, self.full(parts))), None)

    def file(self, wanted: str) -> str:
        """Return a free name for a statement: small letters, digits and `_`, a letter first."""
        letters = "".join(_LATIN.get(one, one) for one in unicodedata.normalize("NFKD", wanted.lower()) if not unicodedata.combining(one))
        plain = _SEVERAL.sub("_", _OTHER.sub("_", letters)).strip("_") or "statement"
        plain = plain if plain[0].isalpha() else f"t_{plain}"
        name, number = plain, 2
        while name in self.files:
            name, number = f"{plain}_{number}", number + 1
        self.files.add(name)
        return name


def dotted(tokens: tuple[Token, ...], index: int) -> tuple[list[Token], int]:
    """Return the parts of a dotted name that begins at a token, and the index after it; none where no name begins."""
    parts: list[Token] = []
    while index < len(tokens) and tokens[index].is_name:
        parts.append(tokens[index])
        if index + 1 >= len(tokens) or tokens[index + 1].text != ".":
            return parts, index + 1
        index += 2
    return parts, index


def written(name: str) -> str:
    """Return a name as SQL has it, in backticks where it is no plain word. A placeholder in it gets its parameter's name."""
    if PLACEHOLDER.search(name):
        return PLACEHOLDER.sub(lambda match: f"${{{parameter_name(match['name'])}}}", name)
    return name if _PLAIN.fullmatch(name) else "`" + name.replace("`", "``") + "`"


def by_case(kind: ObjectKind, full: Path) -> Path:
    """Flink does not tell function names apart by case."""
    return tuple(part.lower() for part in full) if kind is ObjectKind.FUNCTION else full
