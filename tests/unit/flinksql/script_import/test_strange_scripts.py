# ruff: noqa: S608
"""What a script has that few scripts have: values that no header takes, tables of other databases, placeholders in names, transactions."""

import pytest

from flinksql.errors import BundleError
from flinksql.script_import import Conversion, Fate, convert

KNOWN = dict.fromkeys(("kafka_bootstrap", "topic_prefix", "job_name"), "value")
TABLES = "CREATE TABLE s (a INT) WITH ('connector' = 'datagen');\nCREATE TABLE t (a INT) WITH ('connector' = 'print');\n"
JOB = "INSERT INTO t SELECT a FROM s;\n"
KAFKA = "'connector' = 'kafka', 'topic' = 'base', 'properties.bootstrap.servers' = 'k:9092', 'format' = 'json'"


def converted(text: str) -> Conversion:
    return convert(text, "script.sql", KNOWN, "A script")


def refusal(text: str) -> str:
    with pytest.raises(BundleError) as caught:
        converted(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "assignment",
    [
        pytest.param("'execution.checkpointing.interval' = '2 h'", id="an interval that is too long"),
        pytest.param("'execution.checkpointing.interval' = '1 d'", id="an interval in days"),
        pytest.param("'parallelism.default' = '${PARALLELISM}'", id="a placeholder"),
        pytest.param("'parallelism.default' = '0'", id="a parallelism that is none"),
    ],
)
def test_a_value_that_no_header_takes_is_left_out_and_the_one_before_ends(assignment: str) -> None:
    script = f"{TABLES}SET 'execution.checkpointing.interval' = '5 s';\nSET 'parallelism.default' = '2';\nSET {assignment};\n{JOB}"
    found = converted(script)
    assert [one.fate for one in found.outcomes[2:5]] == [Fate.OPTION, Fate.OPTION, Fate.LEFT_OUT]
    assert "cannot be" in found.outcomes[4].why
    header = [line for line in found.files["insert_t.sql"].splitlines() if line.startswith("--")]
    kept = "-- parallelism: 2" if "interval" in assignment else "-- checkpoint_interval_seconds: 5"
    assert header == [kept]


def test_one_option_with_two_names_is_reset_by_either() -> None:
    script = f"{TABLES}SET 'table.exec.resource.default-parallelism' = '3';\n{JOB}RESET 'table.exec.resource.default-parallelism';\n{JOB}"
    found = converted(script)
    assert "parallelism: 3" in found.files["insert_t.sql"]
    assert "parallelism" not in found.files["insert_t_2.sql"]


def test_flinks_own_default_of_a_parallelism_is_no_line() -> None:
    found = converted(f"{TABLES}SET 'table.exec.resource.default-parallelism' = '-1';\n{JOB}")
    assert found.files["insert_t.sql"] == JOB


def test_a_table_that_is_renamed_is_renamed_before_its_columns_too() -> None:
    script = (
        "CREATE DATABASE d; CREATE TABLE d.s (a INT) WITH ('connector' = 'datagen');\n"
        f"{TABLES}"
        "INSERT INTO t SELECT s.a FROM s;\n"
        "INSERT INTO t SELECT default_database.s.a FROM default_catalog.default_database.s WHERE s.a > 1;\n"
        "INSERT INTO t SELECT s.a FROM default_database.s AS x JOIN d.s AS s ON x.a = s.a;\n"
        "INSERT INTO t SELECT d.s.a FROM d.s;\n"
    )
    found = converted(script)
    assert found.files["insert_t.sql"] == "INSERT INTO t SELECT default_database_s.a FROM default_database_s;\n"
    assert found.files["insert_t_2.sql"] == (
        "INSERT INTO t SELECT default_database_s.a FROM default_database_s WHERE default_database_s.a > 1;\n"
    )
    assert found.files["insert_t_3.sql"] == "INSERT INTO t SELECT s.a FROM default_database_s AS x JOIN s AS s ON x.a = s.a;\n"
    assert found.files["insert_t_4.sql"] == "INSERT INTO t SELECT s.a FROM s;\n"


def test_a_catalog_in_memory_is_only_a_name() -> None:
    script = (
        "CREATE CATALOG m WITH ('type' = 'generic_in_memory', 'default-database' = 'd');\nUSE CATALOG m;\n"
        f"{TABLES}INSERT INTO m.d.t SELECT a FROM s;"
    )
    found = converted(script)
    assert "catalogs" not in found.files["bundle.yaml"].split("#")[0]
    assert found.files["insert_t.sql"] == "INSERT INTO t SELECT a FROM s;\n"
    assert "add its CREATE statement" in converted(f"{script} INSERT INTO t SELECT a FROM m.d.other;").outcomes[-1].why


def test_every_topic_on_the_stacks_broker_gets_the_prefix() -> None:
    several = KAFKA.replace("'topic' = 'base'", "'topic-pattern' = '^a|b'")
    script = (
        f"CREATE TABLE base (a INT) WITH ({KAFKA});\n"
        "CREATE TABLE other WITH ('topic' = 'other') LIKE base;\n"
        "CREATE TABLE printed WITH ('connector' = 'print', 'topic' = 'none') LIKE base (EXCLUDING OPTIONS);\n"
        f"CREATE TABLE many (a INT) WITH ({several});\n"
        "INSERT INTO base /*+ OPTIONS('topic' = 'out') */ SELECT a FROM other /*+ OPTIONS('topic' = 'in') */;\n"
        "INSERT INTO base SELECT a FROM many;\n"
    )
    found = converted(script)
    assert "'${topic_prefix}other'" in found.files["other.sql"]
    assert "'none'" in found.files["printed.sql"]
    assert "'${topic_prefix}(a|b)'" in found.files["many.sql"]
    assert "OPTIONS('topic' = '${topic_prefix}out')" in found.files["insert_base.sql"]
    assert "OPTIONS('topic' = '${topic_prefix}in')" in found.files["insert_base.sql"]


def test_names_with_placeholders_are_whole_names() -> None:
    script = (
        "CREATE TABLE ${ENV}_s (a INT) WITH ('connector' = 'datagen');\n"
        "CREATE TABLE t_${ENV} (a INT) WITH ('connector' = 'print');\n"
        "INSERT INTO t_${ENV} SELECT a FROM ${ENV}_s WHERE a > ${least};"
    )
    found = converted(script)
    assert sorted(found.files) == ["bundle.yaml", "env_s.sql", "insert_t_env.sql", "t_env.sql"]
    assert found.files["insert_t_env.sql"] == "INSERT INTO t_${env} SELECT a FROM ${env}_s WHERE a > ${least};\n"
    assert found.parameters == ("env", "least")


def test_names_of_other_alphabets_make_readable_file_names() -> None:
    script = "CREATE TABLE `Straße à côté` (a INT) WITH ('connector' = 'print');\nINSERT INTO `Straße à côté` VALUES (1);"
    assert sorted(converted(script).files) == ["bundle.yaml", "insert_strasse_a_cote.sql", "strasse_a_cote.sql"]


def test_no_comment_of_a_job_is_lost() -> None:
    found = converted(f"{TABLES}INSERT INTO t SELECT a FROM s -- before the end\n;\nINSERT INTO t SELECT a FROM s -- the last one")
    assert "-- before the end" in found.files["insert_t.sql"]
    assert "-- the last one" in found.files["insert_t_2.sql"]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        pytest.param("CREATE OR REPLACE VIEW v AS SELEC a FROM s;", "3:29", "SELEC", id="after OR REPLACE"),
        pytest.param("BEGIN STATEMENT SET; INSERT INTO t SELEC a FROM s; END;", "3:36", "SELEC", id="in the older form of a set"),
        pytest.param("BEGIN;", "3:1", "no transactions", id="a transaction"),
        pytest.param("INSERT INTO t SELECT a FROM {{ ref('s') }};", "3:29", "another tool", id="a template"),
        pytest.param("/* a /* b */ c */", "3:16", "do not nest", id="a comment in a comment"),
    ],
)
def test_a_mistake_is_told_at_its_place_in_the_script(text: str, place: str, said: str) -> None:
    told = refusal(TABLES + text + "\n")
    assert f"script.sql:{place}:" in told
    assert said in told
    assert text.split("\n", maxsplit=1)[0] in told
