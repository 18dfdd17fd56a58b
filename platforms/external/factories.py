"""Which connectors and formats a SQL Gateway has, asked by a table that has none: Flink then lists those there are."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from flinksql.errors import FlinkSqlError, PermanentError
from flinksql.flink.gateway import GatewayClient
from flinksql.sql import Bundle
from flinksql.sql.connectors import is_on_kafka
from flinksql.sql.table_usage import Catalog

ADD_JAR = "ask who runs it to put the jar into the `lib` of SQL Gateway, JobManager and TaskManagers"
_NOBODY = "asked-for-the-list"
_LISTED = re.compile(r"Use one of: (?P<names>[^.]*)\.")
_FORMAT_KEYS = ("format", "key.format", "value.format")
_OF_A_CONNECTOR = "CREATE TABLE listing (x STRING) WITH ('connector' = '{name}')"
_OF_A_FORMAT = (
    "CREATE TABLE listing (x STRING) WITH ('connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = 'x:1', "
    "'format' = '{name}')"
)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """`what` is a connector or a format with its name, `file` the first that needs it."""

    what: str
    file: str


def reads_its_plans(gateway: GatewayClient) -> bool:
    """Tell whether the gateway can read a compiled plan back that it wrote. Raises FlinkSqlError where it does not answer."""
    known = _listed(gateway, _OF_A_CONNECTOR)
    return not known or "filesystem" in known


def missing_factories(gateway: GatewayClient, bundle: Bundle) -> list[Missing]:
    """Return what the bundle's tables need and the gateway does not have. Raises FlinkSqlError where it does not answer.

    A gateway that lists nothing is not judged: the planner says at each statement what it lacks.
    """
    needed = list(_needed(bundle))
    return [
        *_lacking("connector", needed, _listed(gateway, _OF_A_CONNECTOR) if needed else ()),
        *(_lacking("format", needed, _listed(gateway, _OF_A_FORMAT)) if any(kind == "format" for kind, _, _ in needed) else ()),
    ]


def _lacking(kind: str, needed: Collection[tuple[str, str, str]], known: Collection[str]) -> Iterator[Missing]:
    told = set[str]()
    for one, name, file in needed:
        if one == kind and known and name not in known and name not in told:
            told.add(name)
            yield Missing(what=f"{kind} '{name}'", file=file)


def _needed(bundle: Bundle) -> Iterator[tuple[str, str, str]]:
    catalog = Catalog(bundle.entries.values())
    for table in catalog.tables:
        options: Mapping[str, str] = catalog.options(table)
        if options.get("connector"):
            yield "connector", options["connector"], table.statement.file
        if is_on_kafka(options):
            yield from (("format", options[key], table.statement.file) for key in _FORMAT_KEYS if options.get(key))


def _listed(gateway: GatewayClient, table: str) -> tuple[str, ...]:
    """Return the names that Flink lists when it is asked for one that nobody has."""
    with gateway.session() as session:
        try:
            session.configure(table.format(name=_NOBODY))
            session.execute("EXPLAIN SELECT * FROM listing")
        except PermanentError as error:
            found = _LISTED.search(str(error))
            return tuple(name.strip() for name in found["names"].split(",")) if found else ()
        except FlinkSqlError:
            raise
    return ()
