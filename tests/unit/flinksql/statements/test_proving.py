"""How the planner is made to look at each kind of statement: what it is asked, and whose mistake a refusal is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from flinksql.errors import JobFailedError, StatementError
from flinksql.flink.gateway import GatewaySession, ProblemKind, RefusedError, ServerProblem, StatementResult
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.proof import compile_plan, explained_plan, prove
from flinksql.statements.script import Script, script_of
from tests.contract.bench import SNK

TABLE = "CREATE TABLE src (id BIGINT) WITH ('connector' = 'datagen')"
MODEL = "CREATE MODEL `a``m` INPUT (reviews STRING) OUTPUT (content STRING) WITH ('provider' = 'openai')"
EVERYTHING = "EXPLAIN\nSELECT * FROM `src`"


def refused(message: str, *, line: int = 0, column: int = 0) -> RefusedError:
    problem = ServerProblem(kind=ProblemKind.STATEMENT, message=message, line=line, column=column, end_line=line, end_column=column)
    return RefusedError(problem)


ONLY_A_SINK = refused("Connector 'blackhole' can only be used as a sink. It cannot be used as a source.")
NO_GROUP = refused("Property 'group.id' is required")
NO_SUCH_METADATA = refused("there is no metadata 'when'", line=1, column=3)
UNKNOWN = refused("there is no connector 'kafkaa'")


@dataclass
class Session:
    """Answers each statement by its beginning, with rows or a refusal; what it has nothing for succeeds."""

    answers: Mapping[str, RefusedError | Sequence[Sequence[object]]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    configurations: list[Mapping[str, str] | None] = field(default_factory=list)

    def configure(self, sql: str) -> None:
        self.asked.append(sql)

    def execute(
        self, sql: str, configuration: Mapping[str, str] | None = None, *, accepted: Callable[[], None] = lambda: None
    ) -> StatementResult:
        accepted()
        self.asked.append(sql)
        self.configurations.append(configuration)
        answer = next((answer for begin, answer in self.answers.items() if sql.startswith(begin)), ())
        if isinstance(answer, RefusedError):
            raise answer
        return StatementResult(columns=self.columns, rows=tuple(tuple(row) for row in answer))


def script(text: str, kind: Kind = Kind.CATALOG_OBJECT, secrets: Mapping[str, str] | None = None) -> Script:
    statement = Statement(name="it", kind=kind, text=text, file="sql/it.sql")
    return script_of(Definition(statement=statement, closure=(SNK,), job_name="p/s/it"), secrets or {})


def proven(session: Session, text: str, kind: Kind = Kind.CATALOG_OBJECT, configuration: Mapping[str, str] | None = None) -> list[str]:
    """Return what the session is asked."""
    prove(cast("GatewaySession", session), script(text, kind), configuration)
    return session.asked


def test_a_job_is_explained_in_its_place_with_its_options_and_not_created() -> None:
    session = Session()
    assert proven(session, "INSERT INTO snk SELECT 1, 'a'", Kind.JOB, {"a": "1"}) == ["EXPLAIN\nINSERT INTO snk SELECT 1, 'a'"]
    assert session.configurations == [{"a": "1"}]


def test_a_statement_set_is_explained_without_its_execute_and_every_character_stays_in_its_place() -> None:
    text = "-- rows\n  EXECUTE STATEMENT SET BEGIN INSERT INTO snk SELECT 1, 'EXECUTE'; END"
    (asked,) = proven(Session(), text, Kind.JOB)
    assert asked == "EXPLAIN\n" + text.replace("  EXECUTE ", "          ", 1)


def test_a_mistake_in_a_job_is_told_at_its_place_in_the_file() -> None:
    session = Session({"EXPLAIN": refused("Column 'b' not found", line=3, column=8)})
    with pytest.raises(StatementError) as caught:
        proven(session, "INSERT INTO snk\nSELECT b\n", Kind.JOB)
    position = caught.value.position
    assert position is not None
    assert (position.file, position.line, position.column, caught.value.statement) == ("sql/it.sql", 2, 8, "it")


def test_a_table_that_can_be_read_is_not_written() -> None:
    assert proven(Session(), TABLE) == [TABLE, EVERYTHING]


DESCRIBED = [["id", "BIGINT"], ["`when`", "TIMESTAMP(3)"]]
EXTRAS = [
    ["id", "BIGINT", None],
    ["later", "INT", "AS `id` + 1"],
    ["offset", "BIGINT", "METADATA VIRTUAL"],
    ["time", "TIMESTAMP(3)", "METADATA FROM 'timestamp'"],
]


@pytest.mark.parametrize(
    ("columns", "rows", "written"),
    [
        pytest.param(("name", "type"), DESCRIBED, "CAST(NULL AS BIGINT), CAST(NULL AS TIMESTAMP(3))", id="every column"),
        pytest.param(("name", "type", "extras"), EXTRAS, "CAST(NULL AS BIGINT), CAST(NULL AS TIMESTAMP(3))", id="but for computed ones"),
    ],
)
def test_a_table_that_cannot_be_read_is_written(columns: tuple[str, ...], rows: list[list[object]], written: str) -> None:
    session = Session({"EXPLAIN\nSELECT": ONLY_A_SINK, "DESCRIBE": rows}, columns)
    assert proven(session, TABLE) == [TABLE, EVERYTHING, "DESCRIBE `src`", f"EXPLAIN\nINSERT INTO `src` SELECT {written}"]


@pytest.mark.parametrize(
    ("read", "written", "told"),
    [
        pytest.param(ONLY_A_SINK, UNKNOWN, UNKNOWN, id="only a sink: what is wrong with writing"),
        pytest.param(NO_GROUP, UNKNOWN, NO_GROUP, id="neither: what is wrong with reading"),
        pytest.param(NO_SUCH_METADATA, None, NO_SUCH_METADATA, id="a column that nobody could read"),
        pytest.param(refused("'scan.startup.mode' is wrong"), None, refused("'scan.startup.mode' is wrong"), id="where reading begins"),
    ],
)
def test_a_table_with_a_mistake_is_refused_without_a_place_in_sql_that_is_ours(
    read: RefusedError, written: RefusedError | None, told: RefusedError
) -> None:
    answers = {"EXPLAIN\nSELECT": read, **({"EXPLAIN\nINSERT": written} if written else {})}
    with pytest.raises(StatementError) as caught:
        proven(Session(answers), TABLE)
    assert told.problem.message in str(caught.value)
    assert caught.value.statement == "it"
    assert ":1:3" not in str(caught.value)


def test_a_table_without_a_group_is_fine_where_it_is_written() -> None:
    assert proven(Session({"EXPLAIN\nSELECT": NO_GROUP}), TABLE)[-1].startswith("EXPLAIN\nINSERT INTO `src`")


def test_a_view_is_read() -> None:
    view = "CREATE VIEW v AS SELECT id FROM src"
    assert proven(Session(), view) == [view, "EXPLAIN\nSELECT * FROM `v`"]
    with pytest.raises(StatementError, match="Object 'src' not found") as caught:
        proven(Session({"EXPLAIN": refused("Object 'src' not found", line=2, column=1)}), view)
    assert caught.value.statement == "it"


def test_a_model_is_asked_for_one_row_of_its_own_inputs() -> None:
    rows: list[list[object]] = [
        ["reviews", "STRING", True],
        ["my stars", "INT", True],
        ["content", "STRING", False],
        ["note", "STRING", None],
    ]
    prediction = (
        "EXPLAIN\nSELECT * FROM ML_PREDICT((SELECT CAST(NULL AS STRING) AS `reviews`, CAST(NULL AS INT) AS `my stars`), "
        "MODEL `a``m`, DESCRIPTOR(`reviews`, `my stars`))"
    )
    assert proven(Session({"DESCRIBE": rows}), MODEL) == [MODEL, "DESCRIBE MODEL `a``m`", prediction]


FUNCTION = "CREATE FUNCTION f AS 'example.Missing'"


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("Java class example.Missing was not found", id="no class"),
        pytest.param("jar resource x.jar cannot be read", id="no jar"),
        pytest.param("class x does not extend from UserDefinedFunction", id="no function"),
        pytest.param("Cannot instantiate x", id="cannot be made"),
    ],
)
def test_a_function_that_cannot_be_loaded_is_refused(message: str) -> None:
    with pytest.raises(StatementError, match=message) as caught:
        proven(Session({"EXPLAIN": refused(message)}), FUNCTION)
    assert caught.value.statement == "it"


def test_a_function_that_is_not_called_so_is_fine() -> None:
    asked = proven(Session({"EXPLAIN": refused("No match found for function signature f()")}), FUNCTION)
    assert asked == [FUNCTION, "EXPLAIN\nSELECT * FROM LATERAL TABLE(`f`())"]


def test_a_plan_with_operators_is_all_that_flink_told() -> None:
    session = Session({"EXPLAIN JSON_EXECUTION_PLAN\n  ": [["one", 2], ["three"]]})
    target = script("EXECUTE STATEMENT SET BEGIN INSERT INTO snk SELECT 1, 'a'; END", Kind.JOB)
    assert explained_plan(cast("GatewaySession", session), target, {"a": "1"}) == "one\n2\nthree"
    assert session.configurations == [{"a": "1"}]


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(lambda session, target: explained_plan(session, target, {}), id="explained"),
        pytest.param(lambda session, target: compile_plan(session, target, "file:/p", {}), id="compiled"),
    ],
)
def test_lines_of_ours_before_a_plan_do_not_count(plan: Callable[[Session, Script], object]) -> None:
    session = Session(dict.fromkeys(("EXPLAIN", "COMPILE"), refused("Column 'b' not found", line=2, column=5)))
    with pytest.raises(StatementError) as caught:
        plan(session, script("INSERT INTO snk SELECT b", Kind.JOB))
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (1, 5)


def test_a_plan_is_compiled_to_the_file_without_an_execute() -> None:
    session = Session()
    compile_plan(cast("GatewaySession", session), script("EXECUTE INSERT INTO snk SELECT 1, 'a'", Kind.JOB), "file:/p", {"a": "1"})
    assert session.asked == ["COMPILE PLAN 'file:/p' FOR\n        INSERT INTO snk SELECT 1, 'a'"]
    assert session.configurations == [{"a": "1"}]


def test_secrets_are_sent_and_not_told() -> None:
    secret = script("INSERT INTO snk SELECT 1, '${secret:KEY}'", Kind.JOB, {"KEY": "open-sesame"})
    session = Session({"EXPLAIN": refused("'open-sesame' is wrong")})
    with pytest.raises(StatementError) as caught:
        prove(cast("GatewaySession", session), secret)
    assert session.asked == ["EXPLAIN\nINSERT INTO snk SELECT 1, 'open-sesame'"]
    assert "open-sesame" not in str(caught.value)
    assert "open-sesame" not in repr(secret)


@pytest.mark.parametrize("kind", [ProblemKind.STATE_MISSING, ProblemKind.STATE_REFUSED, ProblemKind.SERVER])
def test_what_is_no_mistake_in_the_file_is_told_of_the_statement(kind: ProblemKind) -> None:
    target = script("INSERT INTO snk SELECT 1, 'a'", Kind.JOB, {"KEY": "open-sesame"})
    error = target.explained(RefusedError(ServerProblem(kind=kind, message="open-sesame is gone")), target.target)
    assert isinstance(error, JobFailedError)
    assert str(error) == "statement it: ${secret:KEY} is gone"
