"""A table's columns as Flink describes them."""

from dataclasses import dataclass

from flinksql.flink.gateway import GatewaySession
from flinksql.sql.names import quoted

PROCESSING_TIME = "AS PROCTIME()"
_VIRTUAL = " VIRTUAL"
_METADATA = "METADATA"
_MARKS = (" *ROWTIME*", " *PROCTIME*")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column. `extras` is what Flink says of one that is computed or metadata, as it stands in a CREATE TABLE."""

    name: str
    type: str
    nullable: bool = True
    extras: str = ""
    watermark: str = ""
    """The expression of the watermark that is defined on the column."""

    @property
    def computed(self) -> bool:
        """Whether the column is calculated from others."""
        return self.extras.startswith("AS ")

    @property
    def metadata(self) -> str:
        """The connector's name of a metadata column; empty for other columns."""
        if not self.extras.startswith(_METADATA):
            return ""
        key = self.extras.removeprefix(_METADATA).removesuffix(_VIRTUAL.strip()).strip()
        return key.removeprefix("FROM").strip().strip("`'") or self.name

    @property
    def virtual(self) -> bool:
        """Whether the column can be read only."""
        return self.computed or (bool(self.metadata) and self.extras.endswith(_VIRTUAL))

    @property
    def is_processing_time(self) -> bool:
        """Whether the column is the machine's clock."""
        return self.extras.upper() == PROCESSING_TIME


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with its primary key, by the names of its columns."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def has_watermark(self) -> bool:
        """Whether event time is defined."""
        return any(one.watermark for one in self.columns)

    def column(self, name: str) -> Column | None:
        """Return a column by its name."""
        return next((one for one in self.columns if one.name == name), None)


def describe(session: GatewaySession, name: str) -> Table:
    """Ask a session for a table that is defined in it."""
    answer = session.execute(f"DESCRIBE {quoted(name)}")
    columns: list[Column] = []
    key: tuple[str, ...] = ()
    for row in answer.rows:
        told = dict(zip(answer.columns, row, strict=False))
        kind = str(told["type"])
        for mark in _MARKS:
            kind = kind.removesuffix(mark)
        if told.get("key"):
            key = tuple(part.strip() for part in str(told["key"]).removeprefix("PRI(").removesuffix(")").split(","))
        columns.append(
            Column(
                name=str(told["name"]),
                type=kind,
                nullable=told.get("null") is not False,
                extras=str(told.get("extras") or ""),
                watermark=str(told.get("watermark") or ""),
            )
        )
    return Table(name=name, columns=tuple(columns), key=key)
