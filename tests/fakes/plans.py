"""Plans as Flink tells them for the few forms of job that the suites use: one source, one query without gathering, one sink."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_COMPILE = re.compile(r"COMPILE PLAN 'file://(?P<path>(?:[^']|'')*)' FOR\n")
_OF_AN_INSERT = 3
_SOURCE = re.compile(r"\bFROM\s+`?(\w+)`?", re.IGNORECASE)
_SINK = re.compile(r"\bINTO\s+`?(\w+)`?", re.IGNORECASE)
_QUERY = re.compile(r"\bSELECT\s+(?P<select>.*?)(?:\s+FROM\b.*?(?:\bWHERE\s+(?P<where>.*?))?)?(?:;|\Z)", re.IGNORECASE | re.DOTALL)


def physical_plan(sql: str, catalog: Mapping[str, str]) -> str:
    """Return the answer to EXPLAIN JSON_EXECUTION_PLAN: a scan, a Calc and a writer for each INSERT."""
    nodes: list[dict[str, object]] = []
    for each in _inserts(sql, catalog):
        _add(nodes, f"[{{}}]:{each.scan}", first=True)
        _add(nodes, f"[{{}}]:{each.calc}")
        _add(nodes, f"{each.sink}[{{}}]: Writer")
    return "== Physical Execution Plan ==\n" + json.dumps({"nodes": nodes})


def write_compiled_plan(sql: str, catalog: Mapping[str, str]) -> None:
    """Write what COMPILE PLAN does to the file that it names."""
    match = _COMPILE.match(sql)
    assert match is not None, sql
    nodes: list[dict[str, object]] = []
    for each in _inserts(sql, catalog):
        schema = {"columns": [{"name": "id", "dataType": "BIGINT"}, {"name": "v", "dataType": "VARCHAR(2147483647)"}]}
        table = {"identifier": f"`default_catalog`.`default_database`.`{each.source}`", "resolvedTable": {"schema": schema}}
        row = "ROW<`id` BIGINT, `v` VARCHAR(2147483647)>"
        nodes.append(_compiled("table-source-scan", each.scan, row, scanTableSource={"table": table}))
        expression = {"kind": "CALL", "internalName": each.select, "operands": [], "type": "VARCHAR(2147483647)"}
        condition = {"kind": "CALL", "internalName": each.where, "operands": [], "type": "BOOLEAN"} if each.where else None
        nodes.append(_compiled("calc", each.calc, "ROW<`x` VARCHAR(2147483647)>", projection=[expression], condition=condition))
        nodes.append(_compiled("sink", f"Sink(table=[{each.sink}])", "ROW<`x` VARCHAR(2147483647)>"))
    numbered = [{"id": number, **node} for number, node in enumerate(nodes, 1)]
    edges = [{"source": number, "target": number + 1} for number in range(1, len(nodes)) if number % _OF_AN_INSERT]
    file = Path(match["path"].replace("''", "'"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"flinkVersion": "2.2", "nodes": numbered, "edges": edges}), encoding="utf-8")


@dataclass(frozen=True, kw_only=True)
class _Insert:
    source: str
    sink: str
    select: str
    where: str

    @property
    def scan(self) -> str:
        return f"TableSourceScan(table=[[default_catalog, default_database, {self.source}]], fields=[id, v])"

    @property
    def calc(self) -> str:
        return f"Calc(select=[{self.select}]{f', where=[{self.where}]' if self.where else ''})"


def _inserts(sql: str, catalog: Mapping[str, str]) -> list[_Insert]:
    found = []
    for insert in re.split(r"(?=\bINSERT\b)", sql)[1:]:
        source, sink, query = _SOURCE.search(insert), _SINK.search(insert), _QUERY.search(insert)
        found.append(
            _Insert(
                source=_base(source[1], catalog) if source else "values",
                sink=sink[1] if sink else "",
                select=" ".join(query["select"].split()) if query else "",
                where=query["where"].strip() if query and query["where"] else "",
            )
        )
    return found


def _compiled(kind: str, description: str, row: str, **content: object) -> dict[str, object]:
    return {"type": f"stream-exec-{kind}_1", "description": description, "outputType": row, **content}


def _base(name: str, catalog: Mapping[str, str]) -> str:
    """Return the table that a view reads, or the table."""
    text = catalog.get(name, "")
    below = _SOURCE.search(text) if re.match(r"\s*CREATE\s+VIEW", text, re.IGNORECASE) else None
    return _base(below[1], catalog) if below else name


def _add(nodes: list[dict[str, object]], contents: str, *, first: bool = False) -> None:
    number = len(nodes) + 1
    before = [] if first else [{"id": number - 1, "ship_strategy": "FORWARD", "side": "second"}]
    nodes.append({"id": number, "contents": contents.format(number), "parallelism": 1, "predecessors": before})
