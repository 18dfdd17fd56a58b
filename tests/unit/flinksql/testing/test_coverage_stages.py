"""From SQL to the queries that count its branches: what each of them asks, and where its branches lie."""

import pytest

from flinksql.sql.placeholders import render
from flinksql.statement import Kind, Statement
from flinksql.statements.script import Step
from flinksql.testing.coverage.stages import Stage, stages_of

VIEW = "CREATE VIEW v AS SELECT 1 FROM {}"


def stages(sql: str) -> list[Stage]:
    statement = Statement(name="s", kind=Kind.CATALOG_OBJECT, text=sql, file="s.sql")
    return stages_of(Step(statement=statement, rendered=render(sql, "s.sql", {})), ["t"])


def word_at(sql: str, column: int) -> str:
    return sql[column - 1 :].replace("(", " ").replace(")", " ").split(maxsplit=1)[0].strip(",")


def told(sql: str) -> list[str]:
    """Return the branches as the word at their place, kind and side, with a `?` before those that cannot be counted."""
    found = [(choice, branch) for stage in stages(sql) for choice in stage.choices for branch in choice.branches.values()]
    return [f"{'?' * bool(one.unknown)}{word_at(sql, b.position.column)}: {b.kind} {b.side}" for one, b in found]


def query(sql: str, number: int = 0) -> str:
    """Return what a stage asks, in one line."""
    return " ".join(stages(sql)[number].sql.split())


def test_a_where_is_asked_before_it_and_a_case_behind_it() -> None:
    sql = "CREATE VIEW v AS SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END FROM t WHERE b"
    assert told(sql) == [
        "WHERE: WHERE true",
        "WHERE: WHERE not true",
        "WHEN: CASE WHEN 1",
        "ELSE: CASE ELSE",
    ]
    assert query(sql) == "SELECT CAST(CASE WHEN (b ) THEN '1' ELSE '0' END AS STRING) AS marks FROM t"
    assert query(sql, 1) == "SELECT CAST(CASE WHEN (a > 1 ) THEN '1' ELSE '0' END AS STRING) AS marks FROM t WHERE b"


def test_a_case_without_else_has_that_branch_at_its_end() -> None:
    assert told("CREATE VIEW v AS SELECT CASE a WHEN 1 THEN 2 END FROM t") == ["WHEN: CASE WHEN 1", "END: CASE no ELSE"]
    assert "WHEN ((a ) = (1 ) ) THEN '1'" in query("CREATE VIEW v AS SELECT CASE a WHEN 1 THEN 2 END FROM t")


def test_a_case_in_an_arm_counts_the_rows_that_reach_the_arm() -> None:
    sql = "CREATE VIEW v AS SELECT CASE WHEN a THEN 1 WHEN b THEN CASE WHEN c THEN 2 END END FROM t"
    assert "CASE WHEN NOT (((a ) IS NOT TRUE) AND ((b ) IS TRUE)) THEN '-' WHEN (c ) THEN '1' ELSE '0' END" in query(sql)


def test_what_is_aggregated_is_asked_of_rows_and_the_rest_of_groups() -> None:
    sql = "CREATE VIEW v AS SELECT k, SUM(CASE WHEN a THEN 1 END), CASE WHEN COUNT(*) > 1 THEN 1 END FROM t GROUP BY k HAVING MAX(b) > 0"
    assert told(sql) == [
        "WHEN: CASE WHEN 1",
        "END: CASE no ELSE",
        "HAVING: HAVING true",
        "HAVING: HAVING not true",
        "WHEN: CASE WHEN 1",
        "END: CASE no ELSE",
    ]
    assert query(sql).endswith("FROM t")
    assert query(sql, 1).endswith("FROM t GROUP BY k")
    assert "WHEN NOT (((MAX(b) > 0 ) IS TRUE)) THEN '-' WHEN (COUNT(*) > 1 ) THEN '1'" in query(sql, 1)


def test_filter_and_if_are_choices() -> None:
    assert told("CREATE VIEW v AS SELECT COUNT(*) FILTER (WHERE a > 1), MAX(IF(b, 1, 2)) FROM t GROUP BY k") == [
        "FILTER: FILTER true",
        "FILTER: FILTER not true",
        "IF: IF true",
        "IF: IF not true",
    ]


@pytest.mark.parametrize(
    ("join", "branches", "asked"),
    [
        pytest.param(
            "a JOIN b AS c ON a.x = c.y AND a.t > c.t",
            ["JOIN: JOIN with a match", "JOIN: JOIN without a match"],
            "CASE WHEN c.y IS NULL THEN '1' ELSE '2' END AS STRING) AS marks FROM a LEFT JOIN b AS c ON a.x = c.y AND a.t > c.t",
            id="an inner join",
        ),
        pytest.param(
            "a LEFT JOIN b FOR SYSTEM_TIME AS OF a.t AS r ON a.x = r.x",
            ["JOIN: LEFT JOIN with a match", "JOIN: LEFT JOIN without a match"],
            "CASE WHEN r.x IS NULL THEN '1' ELSE '2' END AS STRING) AS marks FROM a LEFT JOIN b FOR SYSTEM_TIME AS OF a.t AS r ON",
            id="a temporal join",
        ),
        pytest.param(
            "a FULL OUTER JOIN b ON a.x = b.x",
            [
                "JOIN: FULL OUTER JOIN with a match",
                "JOIN: FULL OUTER JOIN left side without a match",
                "JOIN: FULL OUTER JOIN right side without a match",
            ],
            "FROM a FULL JOIN b ON a.x = b.x",
            id="a full join",
        ),
        pytest.param(
            "a LEFT OUTER JOIN b c USING (x)",
            ["JOIN: LEFT OUTER JOIN with a match", "JOIN: LEFT OUTER JOIN without a match"],
            "CASE WHEN `c`.x IS NULL THEN '1' ELSE '2' END AS STRING) AS marks FROM a LEFT JOIN b c USING (x)",
            id="USING",
        ),
        pytest.param(
            "a RIGHT JOIN b ON b.x = a.x",
            ["JOIN: RIGHT JOIN with a match", "JOIN: RIGHT JOIN without a match"],
            "CASE WHEN a.x IS NULL THEN '0' ELSE '2' END AS STRING) AS marks FROM a RIGHT JOIN b ON b.x = a.x",
            id="a right join",
        ),
    ],
)
def test_a_join_is_asked_as_one_that_keeps_rows_without_a_match(join: str, branches: list[str], asked: str) -> None:
    sql = VIEW.format(join)
    assert told(sql) == branches
    assert asked in query(sql)


@pytest.mark.parametrize(
    "join",
    [
        pytest.param("a JOIN b ON a.x = b.x OR a.y = b.y", id="OR"),
        pytest.param("a JOIN b ON x = y", id="columns without tables"),
        pytest.param("a JOIN b ON a.x = b.x + 1", id="an expression"),
        pytest.param("a FULL JOIN b USING (x)", id="USING on both sides"),
        pytest.param("a NATURAL JOIN b", id="NATURAL"),
    ],
)
def test_a_join_whose_match_cannot_be_seen_is_unknown(join: str) -> None:
    assert all(one.startswith("?") for one in told(VIEW.format(join)))


def test_the_second_join_is_asked_after_the_first_as_it_is() -> None:
    sql = "CREATE VIEW v AS SELECT 1 FROM a JOIN b ON a.x = b.x JOIN c ON b.y = c.y WHERE 1 = 1"
    assert "FROM a LEFT JOIN b ON a.x = b.x" in query(sql)
    assert "FROM a JOIN b ON a.x = b.x LEFT JOIN c ON b.y = c.y" in query(sql, 1)


def test_a_cross_join_and_unnest_are_no_branches() -> None:
    assert told("CREATE VIEW v AS SELECT 1 FROM a CROSS JOIN UNNEST(a.xs) AS u (x)") == []


def test_what_is_unnested_is_made_of_the_rows_before_it() -> None:
    sql = "CREATE VIEW v AS SELECT 1 FROM t CROSS JOIN UNNEST(CASE WHEN a THEN b ELSE c END) AS u (x)"
    assert told(sql) == ["WHEN: CASE WHEN 1", "ELSE: CASE ELSE"]
    assert query(sql).endswith("FROM t")


def test_a_case_elsewhere_is_unknown() -> None:
    assert told("CREATE VIEW v AS SELECT COUNT(*) FROM t GROUP BY CASE WHEN a THEN 1 ELSE 2 END") == [
        "?WHEN: CASE WHEN 1",
        "?ELSE: CASE ELSE",
    ]


def test_common_tables_are_asked_with_those_before_them() -> None:
    sql = "CREATE VIEW v AS WITH x AS (SELECT 1 FROM t WHERE a), y AS (SELECT 1 FROM x WHERE b) SELECT 1 FROM y WHERE c"
    assert query(sql).endswith("FROM t")
    assert query(sql, 1).startswith("WITH x AS (SELECT 1 FROM t WHERE a) SELECT")
    assert query(sql, 2).startswith("WITH x AS (SELECT 1 FROM t WHERE a), y AS (SELECT 1 FROM x WHERE b) SELECT")


def test_every_insert_of_a_set_is_asked() -> None:
    sql = "EXECUTE STATEMENT SET BEGIN INSERT INTO s SELECT 1 FROM t WHERE a; INSERT INTO u SELECT 1 FROM t WHERE b; END"
    assert told(sql) == ["WHERE: WHERE true", "WHERE: WHERE not true"] * 2


def test_a_case_in_a_tables_columns_counts_where_the_table_is_read() -> None:
    ddl = "CREATE TABLE {} (a INT, b AS CASE WHEN a > 0 THEN 1 ELSE 0 END) WITH ('connector' = 'kafka')"
    assert told(ddl.format("t")) == ["WHEN: CASE WHEN 1", "ELSE: CASE ELSE"]
    assert query(ddl.format("t")).endswith("FROM `t`")
    assert told(ddl.format("other")) == []


def test_is_distinct_from_begins_no_from() -> None:
    assert query("CREATE VIEW v AS SELECT a IS DISTINCT FROM b, CASE WHEN a THEN 1 END FROM t").endswith("FROM t")
