"""As much of Flink's planner as the contract suite's sentences need: names, connectors, a misspelt column, a misspelt keyword."""

import re
from dataclasses import dataclass, field

from tests.fakes.jobs import Fate
from tests.fakes.traces import at_range, refused, unexpected_token, unknown_connector

CONNECTORS = ["blackhole", "datagen", "kafka", "print"]
_CREATE = re.compile(r"CREATE\s+(TABLE|VIEW|MODEL|FUNCTION)\s+`?(\w+)`?", re.IGNORECASE)
_USES = re.compile(r"(?:FROM|JOIN|INTO|TABLE|MODEL)\s+`?([a-z]\w*)`?")
_CONNECTOR = re.compile(r"'connector'\s*=\s*'([^']*)'")
_INSERT = re.compile(r"INSERT\s+INTO\s+`?(\w+)`?\s+SELECT\s+(.*?)\s+FROM\s+`?(\w+)", re.DOTALL)
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(kw_only=True)
class FakeSession:
    """A session's catalog: the text that created each object."""

    catalog: dict[str, str] = field(default_factory=dict)
    operations: dict[str, dict[str, object]] = field(default_factory=dict)

    def configure(self, sql: str) -> None:
        """Run a CREATE. Raises the refusal."""
        _refuse_misspelt(sql)
        match = _CREATE.search(_without_comments(sql))
        if match is None:
            raise refused(f"Unsupported statement for configuring session: {sql}", "java.lang.UnsupportedOperationException")
        name = match[2]
        if name in self.catalog:
            raise refused(
                f"Table (or view) default_database.{name} already exists in Catalog default_catalog.",
                "org.apache.flink.table.catalog.exceptions.TableAlreadyExistException",
            )
        if match[1].upper() == "VIEW":
            self.check_names(sql)
        self.catalog[name] = sql

    def plan(self, sql: str) -> None:
        """Plan a statement. Raises the refusal."""
        _refuse_misspelt(sql)
        self.check_names(sql)
        call = re.search(r"LATERAL TABLE\(`?(\w+)`?\(\)\)", sql)
        if call and "'example.Missing'" in self.catalog.get(call[1], ""):
            raise refused("example.Missing", "java.lang.ClassNotFoundException")
        for name in self.reachable(sql):
            connector = _CONNECTOR.search(self.catalog[name])
            if connector and connector[1] not in CONNECTORS:
                raise unknown_connector(connector[1], CONNECTORS)
        source = re.search(r"FROM `?(\w+)`?\s*$", sql)
        if source and "'blackhole'" in self.catalog.get(source[1], "") and sql.startswith("EXPLAIN\nSELECT"):
            raise refused("Connector 'blackhole' can only be used as a sink. It cannot be used as a source.")

    def check_names(self, sql: str) -> None:
        """Raise the refusal of the first name that nothing created."""
        for number, line in enumerate(_without_comments(sql).split("\n"), start=1):
            for match in _USES.finditer(line):
                if match[1] not in self.catalog:
                    raise at_range(number, match.start(1) + 1, match.end(1), f"Object '{match[1]}' not found")
            column = line.find("missing_column")
            if column >= 0:
                raise at_range(number, column + 1, column + len("missing_column"), "Column 'missing_column' not found in any table")

    def reachable(self, sql: str) -> set[str]:
        """Return everything that a statement uses, through views too."""
        found: set[str] = set()
        waiting = [name for name in _USES.findall(_without_comments(sql)) if name in self.catalog]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [used for used in _USES.findall(_without_comments(self.catalog[name])) if used in self.catalog]
        return found

    def operators(self, sql: str) -> list[str]:
        """Return the plan of an INSERT, the sink first: a select as it is written, and the tables it reads."""
        match = _INSERT.search(_without_comments(sql))
        if match is None:
            return []
        return [f"Sink(table=[{match[1]}])", f"Calc(select=[{' '.join(match[2].split())}])", f"TableSourceScan(table=[{match[3]}])"]

    def fate(self, sql: str) -> Fate:
        """Return what a job of this SQL does: bounded sources end, a cast of words to a number fails again and again."""
        if "CONCAT('x'" in sql:
            return Fate.LOOPS
        bounded = any("number-of-rows" in self.catalog[name] for name in self.reachable(sql)) or "VALUES" in sql
        return Fate.FINISHES if bounded else Fate.RUNS


def _without_comments(sql: str) -> str:
    return _COMMENT.sub(lambda match: " " * len(match[0]), sql)


def _refuse_misspelt(sql: str) -> None:
    for number, line in enumerate(_without_comments(sql).split("\n"), start=1):
        match = re.search(r"\bFRMO\s+(\w+)", line)
        if match:
            raise unexpected_token(match[1], number, match.start(1) + 1)
