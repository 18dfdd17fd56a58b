"""Plans as Flink tells them for the few forms of job that the suites use: one source, one query without gathering, one sink."""

import json
import re
from collections.abc import Mapping

_SOURCE = re.compile(r"\bFROM\s+`?(\w+)`?", re.IGNORECASE)
_SINK = re.compile(r"\bINTO\s+`?(\w+)`?", re.IGNORECASE)
_QUERY = re.compile(r"\bSELECT\s+(?P<select>.*?)(?:\s+FROM\b.*?(?:\bWHERE\s+(?P<where>.*?))?)?(?:;|\Z)", re.IGNORECASE | re.DOTALL)


def physical_plan(sql: str, catalog: Mapping[str, str]) -> str:
    """Return the answer to EXPLAIN JSON_EXECUTION_PLAN: a scan, a Calc and a writer for each INSERT."""
    nodes: list[dict[str, object]] = []
    for insert in re.split(r"(?=\bINSERT\b)", sql)[1:]:
        source, sink, query = _SOURCE.search(insert), _SINK.search(insert), _QUERY.search(insert)
        name = _base(source[1], catalog) if source else "values"
        select = " ".join(query["select"].split()) if query else ""
        where = f", where=[{query['where'].strip()}]" if query and query["where"] else ""
        scan = f"TableSourceScan(table=[[default_catalog, default_database, {name}]], fields=[id, v])"
        _add(nodes, f"[{{}}]:{scan}", first=True)
        _add(nodes, f"[{{}}]:Calc(select=[{select}]{where})")
        _add(nodes, f"{sink[1] if sink else ''}[{{}}]: Writer")
    return "== Physical Execution Plan ==\n" + json.dumps({"nodes": nodes})


def _base(name: str, catalog: Mapping[str, str]) -> str:
    """Return the table that a view reads, or the table."""
    text = catalog.get(name, "")
    below = _SOURCE.search(text) if re.match(r"\s*CREATE\s+VIEW", text, re.IGNORECASE) else None
    return _base(below[1], catalog) if below else name


def _add(nodes: list[dict[str, object]], contents: str, *, first: bool = False) -> None:
    number = len(nodes) + 1
    before = [] if first else [{"id": number - 1, "ship_strategy": "FORWARD", "side": "second"}]
    nodes.append({"id": number, "contents": contents.format(number), "parallelism": 1, "predecessors": before})
