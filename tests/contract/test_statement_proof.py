"""What the planner says of definitions before anything runs. Asked of the fake and of a real Flink."""

import pytest

from flinksql.errors import StatementError
from flinksql.flink.gateway import RefusedError, SessionLostError
from flinksql.statement import Statement
from tests.contract.bench import COPY, FEW, MODEL, SINK, SNK, SOURCE, SRC, Bench, catalog_object

STATEMENT_SET = """-- both at once
EXECUTE STATEMENT SET BEGIN
INSERT INTO snk SELECT id, v FROM src;
INSERT INTO snk SELECT id, v FROM src;
END;
"""
UNKNOWN_CONNECTOR = "CREATE TABLE bad (id BIGINT, v STRING)\nWITH ('connector' = 'blackhol')\n"


def test_a_gateway_tells_which_flink_it_is(bench: Bench) -> None:
    assert bench.gateway.information().version.startswith("2.")


def test_a_closed_session_is_lost(bench: Bench) -> None:
    with bench.gateway.session() as session:
        pass
    with pytest.raises(SessionLostError):
        session.configure(SINK)


def test_an_object_is_private_to_its_session(bench: Bench) -> None:
    with bench.gateway.session() as first, bench.gateway.session() as second:
        first.configure(SINK)
        second.configure(SINK)
        with pytest.raises(RefusedError, match="already exists"):
            first.configure(SINK)


@pytest.mark.parametrize(
    ("statement", "closure"),
    [
        pytest.param(SRC, (), id="table that is read"),
        pytest.param(SNK, (), id="table that can only be written"),
        pytest.param(catalog_object("few", FEW), (), id="bounded table"),
        pytest.param(catalog_object("odd", "CREATE VIEW odd AS SELECT id FROM src WHERE v <> ''"), (SRC,), id="view"),
        pytest.param(catalog_object("summarizer", MODEL), (), id="model"),
    ],
)
def test_a_good_catalog_object_is_created_by_proving_it(bench: Bench, statement: Statement, closure: tuple[Statement, ...]) -> None:
    definition = bench.definition(statement, *closure)
    deployed = bench.lifecycle({"KEY": "sk-1"}).create(definition)
    assert (deployed.job_id, len(deployed.definition_hash)) == ("", 64)


@pytest.mark.parametrize("text", [pytest.param(COPY, id="insert"), pytest.param(STATEMENT_SET, id="statement set")])
def test_proving_a_job_starts_nothing(bench: Bench, text: str) -> None:
    bench.lifecycle().validate(bench.job(text))
    assert bench.jobs() == []


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        pytest.param("-- c\nINSERT INTO snk\nSELECT id, missing_column FROM src", "copy.sql:3:12", "missing_column", id="unknown column"),
        pytest.param("INSERT INTO snk\n  SELECT id, v FROM nowhere", "copy.sql:2:21", "nowhere", id="unknown table"),
        pytest.param("INSERT INTO snk SELECT id, v FRMO src", "copy.sql:1:30", "did you mean FROM instead of FRMO?", id="misspelt keyword"),
        pytest.param(
            STATEMENT_SET.replace("v FROM", "missing_column FROM", 1),
            "copy.sql:3:28",
            "missing_column",
            id="unknown column in a statement set",
        ),
    ],
)
def test_an_error_leads_with_its_place_in_the_file(bench: Bench, text: str, place: str, problem: str) -> None:
    with pytest.raises(StatementError) as caught:
        bench.lifecycle().validate(bench.job(text))
    message = str(caught.value)
    assert message.startswith(f"sql/contract/{place}: ")
    assert problem in message
    assert message.endswith("^")
    assert "\tat " not in message
    assert "Was expecting" not in message


def test_an_error_in_a_view_is_placed_in_the_views_file(bench: Bench) -> None:
    view = catalog_object("odd", "CREATE VIEW odd AS\nSELECT missing_column FROM src")
    with pytest.raises(StatementError, match=r"sql/contract/odd\.sql:2:8: Column 'missing_column'"):
        bench.lifecycle().validate(bench.job("INSERT INTO snk SELECT id, v FROM odd", SRC, SNK, view))


def test_an_unknown_connector_is_placed_in_its_own_file_and_the_near_name_offered(bench: Bench) -> None:
    bad = catalog_object("bad", UNKNOWN_CONNECTOR)
    with pytest.raises(StatementError, match=r"sql/contract/bad\.sql:2:21: Unknown connector 'blackhol'\. Did you mean 'blackhole'\?"):
        bench.lifecycle().validate(bench.job("INSERT INTO snk SELECT id, v FROM bad", SNK, bad))


def test_a_function_without_its_class_is_not_created(bench: Bench) -> None:
    with pytest.raises(StatementError, match=r"shout\.sql:1:26: Java class example\.Missing was not found"):
        bench.lifecycle().create(bench.definition(catalog_object("shout", "CREATE FUNCTION shout AS 'example.Missing'")))


def test_a_table_with_an_unknown_connector_is_not_created(bench: Bench) -> None:
    with pytest.raises(StatementError, match=r"bad\.sql:2:21: Unknown connector"):
        bench.lifecycle().create(bench.definition(catalog_object("bad", UNKNOWN_CONNECTOR)))


def test_a_secret_is_in_no_message(bench: Bench) -> None:
    table = catalog_object("src", SOURCE.replace("datagen", "${secret:CONNECTOR}"))
    with pytest.raises(StatementError) as caught:
        bench.lifecycle({"CONNECTOR": "hunter2"}).create(bench.definition(table))
    assert "hunter2" not in str(caught.value)
    assert "${secret:CONNECTOR}" in str(caught.value)
