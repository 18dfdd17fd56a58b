"""All that is known of a statement's job at one moment, for the rules to ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flinksql.diagnosis.counters import Counters, counters_of
from flinksql.diagnosis.finding import Finding
from flinksql.diagnosis.formatting import moment
from flinksql.diagnosis.job_graph import JobGraph, Operator
from flinksql.diagnosis.snapshot import Snapshot, Topic
from flinksql.diagnosis.sql_text import Clause, SqlText
from flinksql.listing import listed
from flinksql.sql.connectors import is_on_kafka
from flinksql.statement import Definition

PATTERN = "topic-pattern"
Findings = list[Finding]


def topics_named(options: Mapping[str, str]) -> tuple[str, ...]:
    """Return the topics that a table names, not those of a pattern."""
    if not is_on_kafka(options):
        return ()
    return tuple(name.strip() for name in options.get("topic", "").split(";") if name.strip())


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A statement, what was seen of its job, and the job's operators."""

    definition: Definition
    snapshot: Snapshot
    graph: JobGraph
    sql: SqlText

    @cached_property
    def _counters(self) -> Mapping[int, Counters]:
        metrics = self.snapshot.metrics
        return {one.index: counters_of(one, metrics.get(one.vertex, {})) for one in self.graph.operators}

    def counters(self, operator: Operator) -> Counters:
        """Return the figures of an operator."""
        return self._counters[operator.index]

    def rows_in(self, operator: Operator) -> int | None:
        """Return how many rows went into an operator, None where Flink does not report it."""
        own = self.counters(operator).records_in
        if own is not None:
            return own
        before = [self.counters(one).records_out for one in self.graph.inputs(operator)]
        return sum(one or 0 for one in before) if before and None not in before else None

    def rows_collected(self, operator: Operator) -> int:
        """Return how many rows an operator has collected, counted before they were added up for it."""
        before = self.graph.inputs(operator)
        if before and all(one.kind.startswith("Local") for one in before):
            return sum(self.rows_in(one) or 0 for one in before)
        return self.rows_in(operator) or 0

    def rows_out(self, operator: Operator) -> int | None:
        """Return how many rows came out of an operator, None where Flink does not report it."""
        return self.counters(operator).records_out

    def options(self, table: str) -> Mapping[str, str]:
        """Return the options of a table."""
        return self.sql.options(table)

    def topics(self, table: str) -> Mapping[str, Topic] | None:
        """Return the topics of a Kafka table, None where the broker was not asked for one of them."""
        options = self.options(table)
        named = topics_named(options)
        known = self.snapshot.topics
        if not named and PATTERN in options:
            read = self._read_topics(table)
            return {name: topic for name, topic in known.items() if name in read}
        return {name: known[name] for name in named} if named and all(name in known for name in named) else None

    def _read_topics(self, table: str) -> set[str]:
        sources = [one for one in self.graph.operators if one.table == table]
        return {split.rpartition("-")[0] for one in sources for split in self.counters(one).watermarks}

    def clause(self, operator: Operator) -> Clause:
        """Return the part of the SQL that made an operator, else its kind in Flink's words."""
        found = self.sql.clause(operator)
        return found or Clause(text=operator.kind, place=self.definition.statement.file)

    def parallelism(self, operator: Operator) -> int:
        """Return how many subtasks an operator has."""
        job = self.snapshot.job
        return next((one.parallelism for one in job.vertices if one.id == operator.vertex), 1) if job else 1

    def at(self, milliseconds: int) -> str:
        """Return a moment in words."""
        return moment(milliseconds, self.snapshot.now)

    def seconds_since(self, milliseconds: int) -> float:
        """Return how long ago a moment was."""
        return max((self.snapshot.now - milliseconds) / 1000, 0.0)

    @cached_property
    def written_somewhere(self) -> bool:
        """Whether any result of the job has rows."""
        return any((self.rows_in(sink) or 0) > 0 for sink in self.graph.sinks)


def topic_list(topics: Sequence[str]) -> str:
    """Return the names of topics as a part of a sentence."""
    return f"topic {topics[0]}" if len(topics) == 1 else f"topics {listed(topics)}"
