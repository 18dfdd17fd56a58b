"""What can be seen of a job before it runs: state that never expires, and event time that one partition can hold back.

It stands on Flink's own plan of the job. What the plan does not prove is not said: whether keys end one day, nobody knows, only that
nothing ends them.
"""

import re
from collections.abc import Iterator, Mapping

from flinksql.diagnosis.evidence import topics_named
from flinksql.diagnosis.explained import read_explained
from flinksql.diagnosis.job_graph import JobGraph, Operator
from flinksql.diagnosis.rules.event_time import IDLE, IDLE_OF_JOB
from flinksql.diagnosis.rules.state import TTL
from flinksql.diagnosis.sql_text import Clause, SqlText
from flinksql.errors import StatementError
from flinksql.sql.connectors import is_on_kafka
from flinksql.sql.table_usage import has_end
from flinksql.statement import Definition, Kind

_PARALLELISM = "parallelism.default"
_JOIN = "Join"
_GROUPS = frozenset({"GroupAggregate", "GlobalGroupAggregate"})
_WINDOWS = frozenset({"WindowAggregate", "LocalWindowAggregate", "WindowTableFunction"})
_OVER_WINDOWS = frozenset({"WindowJoin", "WindowRank", "WindowDeduplicate", "GlobalWindowAggregate"})
"""Kinds that go by the time of a window that was made before them."""
_BY_ORDER = frozenset({"Match", "OverAggregate", "TemporalSort"})
_TIME_COLUMN = re.compile(r"time_col=\[(?P<column>[^\]]+)\]")
_GROUP_WINDOW = re.compile(r"'w\$, (?P<column>[^,)]+)")
_FIRST_IN_ORDER = re.compile(r"orderBy=\[(?P<column>\S+) ASC")
_PROCTIME = re.compile(r"PROCTIME\(\) AS (?P<name>[\w$]+)")
_OF_TWO_TABLES = re.compile(r"\bSELECT\b|[\w`]\.[\w`]+ = [\w`]+\.[\w`]", re.IGNORECASE)
_ALIAS = re.compile(r"(?<![\w$.`])(?P<column>[\w$]+) AS (?P<name>[\w$]+)")


def foreseen(definition: Definition, explained: str, partitions: Mapping[str, int]) -> list[str]:
    """Return a remark, with its place, for each thing about a new or changed job that its owner may want to change.

    `explained` is what EXPLAIN says of it. `partitions` are the sizes of topics; of others nothing is said. Who set a time to live or an
    idle timeout, were it 0, has decided.
    """
    if definition.statement.kind is not Kind.JOB:
        return []
    try:
        sql = SqlText(definition)
    except StatementError:
        return []
    graph = read_explained(explained)
    return list(dict.fromkeys([*_endless_state(definition, graph, sql), *_held_event_time(definition, graph, sql, partitions)]))


def _endless_state(definition: Definition, graph: JobGraph, sql: SqlText) -> Iterator[str]:
    """Yield a remark for each regular join and each GROUP BY that keeps everything, unless somebody said how long."""
    if TTL in definition.options:
        return
    for operator in graph.operators:
        grouped = operator.kind in _GROUPS and bool(operator.attribute("groupBy"))
        if not (grouped or operator.kind == _JOIN) or "STATE_TTL" in operator.description or not _endless(graph, operator, sql):
            continue
        clause = sql.clause(operator)
        if clause is None or not (grouped or _joins(clause.text)):
            made = "GROUP BY" if grouped else "a join (JOIN, IN, EXISTS, INTERSECT or EXCEPT)"
            clause = Clause(text=made, place=f"{definition.statement.file}:1:1")
        kept, meant = ("each key", "keys") if grouped else ("the rows of both sides", "rows")
        yield (
            f"{clause.place}: {clause.text} keeps {kept} for ever: nothing in its state expires. If {meant} are of no use after some time, "
            f"write `-- {TTL}: 1 d` at the top of {definition.statement.file}; if they are few, or meant to stay, `-- {TTL}: 0 s` says so."
        )


def _joins(clause: str) -> bool:
    """Tell whether a clause can have made a join: a WHERE only by a subquery, or by comparing columns of two tables."""
    return not clause.upper().startswith("WHERE") or bool(_OF_TWO_TABLES.search(clause))


def _endless(graph: JobGraph, operator: Operator, sql: SqlText) -> bool:
    """Tell whether one of the tables that an operator reads has no end, as far as the bundle knows them."""
    options = [sql.options(source.table) for source in graph.sources(operator)]
    return any(one and not has_end(one) for one in options)


def _held_event_time(definition: Definition, graph: JobGraph, sql: SqlText, partitions: Mapping[str, int]) -> Iterator[str]:
    """Yield a remark for each source whose event time waits for every partition, where something waits for that event time."""
    if IDLE_OF_JOB in definition.options:
        return
    told: set[str] = set()
    for operator in graph.operators:
        if not _waits_for_event_time(graph, operator):
            continue
        for source in graph.sources(operator):
            why = _holds_back(definition, sql, source.table, partitions) if source.table not in told else ""
            watermark = sql.watermark(source.table)
            if why and watermark:
                told.add(source.table)
                clause = sql.clause(operator)
                yield (
                    f"{watermark.place}: {why}, and until then {clause.text if clause else operator.kind} gives no rows. Write "
                    f"'{IDLE}' = '10 s' into {source.table}: event time then goes on without a partition that is silent for so long, and "
                    "what it gives later may be late."
                )


def _holds_back(definition: Definition, sql: SqlText, table: str, partitions: Mapping[str, int]) -> str:
    """Return why the event time of a table may stand still; empty where it goes on, and where that is not known."""
    options = sql.options(table)
    topics = topics_named(options)
    if not is_on_kafka(options) or IDLE in options or not all(map(partitions.get, topics)):
        return ""
    number, parallelism = sum(partitions[topic] for topic in topics), int(definition.options.get(_PARALLELISM, "1"))
    if number > 1:
        return f"event time of {table} begins when each of its {number} partitions has had a record, and goes on as the slowest does"
    if 0 < number < parallelism:
        return f"{table} has 1 partition for {parallelism} subtasks: those without one hold event time back"
    return ""


def _waits_for_event_time(graph: JobGraph, operator: Operator) -> bool:
    """Tell whether an operator gives rows only when event time goes on."""
    if operator.kind == "IntervalJoin":
        return "isRowTime=true" in operator.description
    if operator.kind == "TemporalJoin":
        return "__TEMPORAL_JOIN_CONDITION(" in operator.description and "PROCTIME" not in operator.description
    if operator.kind in _OVER_WINDOWS:
        return any(_goes_by_event_time(graph, one) for one in graph.before(operator) if one.kind in _WINDOWS)
    return operator.kind in {*_WINDOWS, *_BY_ORDER, "GroupWindowAggregate"} - {"WindowTableFunction"} and _goes_by_event_time(
        graph, operator
    )


def _goes_by_event_time(graph: JobGraph, operator: Operator) -> bool:
    pattern = {"GroupWindowAggregate": _GROUP_WINDOW}.get(operator.kind, _FIRST_IN_ORDER if operator.kind in _BY_ORDER else _TIME_COLUMN)
    match = pattern.search(operator.description)
    if match is None:
        # A window over a window: the first one says by which time.
        return any(_goes_by_event_time(graph, one) for one in graph.before(operator) if one.kind in _WINDOWS and one is not operator)
    return match["column"] not in _processing_times(graph, operator)


def _processing_times(graph: JobGraph, operator: Operator) -> set[str]:
    """Return the columns before an operator that are processing time, under whatever name."""
    names: set[str] = set()
    for one in reversed(graph.before(operator)):
        names |= {match["name"] for match in _PROCTIME.finditer(one.description)}
        names |= {match["name"] for match in _ALIAS.finditer(one.description) if match["column"] in names}
    return names
