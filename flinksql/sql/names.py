"""Names of catalog objects as Flink resolves them, and the places where statements mention them."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_PATH = ("default_catalog", "default_database")
"""Where a session of the SQL Gateway starts; every object of a bundle lives there."""


class ObjectKind(StrEnum):
    """What a CREATE statement makes. Flink keeps models and functions apart from tables and views, which share one name space."""

    TABLE = "table"
    VIEW = "view"
    MODEL = "model"
    FUNCTION = "function"
    CATALOG = "catalog"
    """One of the manifest; no file creates one."""

    @property
    def namespace(self) -> str:
        """The name space in which such a name must be unique."""
        return ObjectKind.TABLE.value if self is ObjectKind.VIEW else self.value


@dataclass(frozen=True, kw_only=True, order=True)
class Name:
    """A name without quotes. `path` is () for the default database, else the catalog or database that was written before it.

    Flink tells table and model names apart by case.
    """

    path: tuple[str, ...] = ()
    name: str

    @property
    def external(self) -> bool:
        """Whether the name points into another catalog or database, which no bundle describes."""
        return bool(self.path)

    def __str__(self) -> str:
        return ".".join((*self.path, self.name))


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A mention of a catalog object: as what, and at which offset of the rendered SQL.

    `hints` are the options that an `/*+ OPTIONS(...) */` after it sets for this mention alone.
    """

    name: Name
    kind: ObjectKind
    offset: int
    hints: tuple[tuple[str, str], ...] = ()


def name_of(parts: list[str]) -> Name:
    """Return the name that dotted parts mean, the default catalog and database left out."""
    path = tuple(parts[:-1])
    if path and path == DEFAULT_PATH[-len(path) :]:
        path = ()
    return Name(path=path, name=parts[-1])


def quoted(name: str) -> str:
    """Return a name in backticks."""
    return "`" + name.replace("`", "``") + "`"
