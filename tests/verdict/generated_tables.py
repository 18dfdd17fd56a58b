"""Tables as nobody writes them: nested types, odd names, comparisons and comments in any place, watermarks before columns."""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

_PLAIN = [
    "INT",
    "BIGINT NOT NULL",
    "STRING",
    "DECIMAL(10, 2)",
    "TIMESTAMP(3)",
    "VARCHAR(9)",
    "BOOLEAN",
    "DOUBLE",
    "BYTES",
    "DATE",
    "CHAR(3)",
]
_ODD = ["a b", "c,d", "e)f", "g<h", "i>j", "k``l", "select", "primary", "constraint", "watermark", "m'n", "o--p", "q/*r", "ROW", "map"]
_COMPUTED = [
    "(id < 3)",
    "id > 3 AND id < 9",
    "id > 3 OR id <> 4",
    "CASE WHEN id < 3 THEN 'a, b' ELSE 'c) <' END",
    "ARRAY[id, 2][1] > 1",
    "MAP['a', id]['a'] < 4",
    "ROW(id, 'x') IS NOT NULL",
    "CAST(id AS DECIMAL(10, 2)) < 3",
    "id BETWEEN 1 AND 3",
    "id <= 2",
    "'it''s' > 'a'",
]
_WATERMARKS = [
    "ts",
    "ts - INTERVAL '1' SECOND",
    "CASE WHEN id < 3 THEN ts ELSE ts END",
    "CASE WHEN id > 3 AND id < 9 THEN ts - INTERVAL '5' SECOND ELSE ts END",
]
_COMMENTS = ["", " COMMENT 'a, b) <c'", " COMMENT 'it''s'"]
_BETWEEN = [" ", "\n", " /* , ) < */ ", " -- , ) <\n"]


@dataclass(frozen=True, kw_only=True)
class GeneratedTable:
    """A table's statement, and the names of its columns in order."""

    sql: str
    names: tuple[str, ...]


def _types() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from([kind.removesuffix(" NOT NULL") for kind in _PLAIN]),
        lambda inner: st.one_of(
            inner.map(lambda kind: f"ARRAY<{kind}>"),
            inner.map(lambda kind: f"MAP<STRING, {kind}>"),
            inner.map(lambda kind: f"MULTISET<{kind}>"),
            st.tuples(inner, inner).map(lambda kinds: f"ROW<`x y` {kinds[0]}, b {kinds[1]} 'in, > side'>"),
            st.tuples(inner, inner).map(lambda kinds: f"ROW(a {kinds[0]}, `t>` {kinds[1]})"),
        ),
        max_leaves=4,
    )


@st.composite
def tables(draw: DrawFn) -> GeneratedTable:
    """Draw a table with a column `id`, a column `ts` and up to seven others."""
    keyed = draw(st.booleans())
    columns: list[tuple[str, str]] = [("id", "`id` BIGINT NOT NULL" if keyed else "id BIGINT"), ("ts", "ts TIMESTAMP(3)")]
    odd = draw(st.lists(st.sampled_from(_ODD), unique=True, max_size=5))
    columns += [(name.replace("``", "`"), f"`{name}` {draw(st.one_of(st.sampled_from(_PLAIN), _types()))}") for name in odd]
    computed = draw(st.lists(st.sampled_from(_COMPUTED), max_size=3))
    columns += [(f"computed{number}", f"computed{number} AS {expression}") for number, expression in enumerate(computed)]
    if not keyed and draw(st.booleans()):
        columns.append(("at", "`at` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL"))
    columns = draw(st.permutations(columns))
    parts = [f"{text}{draw(st.sampled_from(_COMMENTS))}" for _, text in columns]
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), f"WATERMARK FOR ts AS {draw(st.sampled_from(_WATERMARKS))}")
    if keyed:
        parts.insert(draw(st.integers(0, len(parts))), "PRIMARY KEY (`id`) NOT ENFORCED")
    between = draw(st.sampled_from(_BETWEEN))
    where = "'properties.bootstrap.servers' = '127.0.0.1:1', 'topic' = 't', 'properties.group.id' = 'g'"
    how = (
        "'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'"
        if keyed
        else "'connector' = 'kafka', 'format' = 'json'"
    )
    sql = f"CREATE TABLE generated (\n{f',{between}'.join(parts)}\n) WITH ({where}, {how})"
    return GeneratedTable(sql=sql, names=tuple(name for name, _ in columns))
