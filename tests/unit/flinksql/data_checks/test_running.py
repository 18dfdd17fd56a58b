"""A check that is run: what is sent to the gateway, and which verdict comes of the answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from flinksql.data_checks import Check, CheckRunner, Result, Verdict
from flinksql.data_checks.running import JOB_NAMES, MOST_CHANGES
from flinksql.diagnosis.snapshot import Partition
from flinksql.flink.jobmanager import JobManagerClient
from flinksql.flink.transport import Endpoint
from flinksql.statement import Definition, Kind, Statement
from tests.fakes.http import Answer, serving

TABLE = Statement(
    name="t",
    kind=Kind.CATALOG_OBJECT,
    text="CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'password' = '${secret:KEY}')",
    file="t.sql",
)
VIEW = Statement(name="v", kind=Kind.CATALOG_OBJECT, text="CREATE VIEW v AS SELECT a FROM t", file="v.sql")
DEPLOYED = {
    "t": Definition(statement=TABLE, parameters={"topic": "payments"}, job_name="p/s/t"),
    "v": Definition(statement=VIEW, closure=(TABLE,), parameters={"topic": "payments"}, job_name="p/s/v"),
}


@dataclass
class Gateway:
    """Gives `pages` of rows for a query, and a plan for EXPLAIN. `told` are the statements, `configured` those that only define."""

    pages: list[list[tuple[str, list[object]]]]
    plan: str = "== Optimized Physical Plan ==\nCalc(changelogMode=[I])\n"
    told: list[dict[str, Any]] = field(default_factory=list)
    configured: list[str] = field(default_factory=list)
    fetched: int = 0
    slots: int = 1
    cancelled: list[str] = field(default_factory=list)

    def respond(self, method: str, path: str, body: dict[str, object]) -> Answer:
        parts = path.partition("?")[0].strip("/").removeprefix("v2/").split("/")
        if method == "DELETE":
            return 200, {"status": "CLOSED"}
        if parts == ["sessions"]:
            return 200, {"sessionHandle": "s"}
        if parts[-1] == "configure-session":
            self.configured.append(str(body["statement"]))
            return 200, {}
        if parts[-1] == "statements":
            self.told.append(body)
            return 200, {"operationHandle": f"o{len(self.told) - 1}"}
        return 200, self._page(int(parts[3][1:]), int(parts[-1]))

    def _page(self, operation: int, number: int) -> dict[str, object]:
        if str(self.told[operation]["statement"]).startswith("EXPLAIN"):
            return _results(["result"], [("INSERT", [self.plan])])
        self.fetched += 1
        page = _results(["a"], self.pages[number])
        if number + 1 < len(self.pages):
            page |= {"resultType": "PAYLOAD", "nextResultUri": f"/v2/sessions/s/operations/o{operation}/result/{number + 1}?rowFormat=JSON"}
        return page

    def jobmanager(self, method: str, path: str, body: dict[str, object]) -> Answer:  # noqa: ARG002  # the fakes' signature
        if method == "PATCH":
            self.cancelled.append(path.partition("?")[0].rpartition("/")[2])
            return 202, {}
        return 200, {"taskmanagers": 1, "slots-total": 8, "slots-available": self.slots}


def _results(columns: list[str], rows: list[tuple[str, list[object]]]) -> dict[str, object]:
    return {
        "resultType": "EOS",
        "results": {
            "columns": [{"name": one, "logicalType": {"type": "INTEGER"}} for one in columns],
            "data": [{"kind": kind, "fields": values} for kind, values in rows],
        },
    }


@contextmanager
def runner_of(gateway: Gateway) -> Iterator[CheckRunner]:
    with serving(gateway.respond) as flink, serving(gateway.jobmanager) as jobmanager:
        yield CheckRunner(
            gateway=Endpoint(name="SQL Gateway", base_url=flink.url),
            jobmanager=JobManagerClient(Endpoint(name="JobManager", base_url=jobmanager.url)),
            stack="prod",
            deployed=DEPLOYED,
            parameters={"least": "3"},
            secrets=lambda name: f"value of {name}",
            partitions=lambda _options: lambda _topic: {0: Partition(begin=0, end=50, stable=50)},
        )


def run(gateway: Gateway, text: str = "SELECT a FROM t", **more: object) -> Result:
    with runner_of(gateway) as runner:
        return replace(runner, **more).run(Check(name="no_debts", text=text, file="checks/no_debts.sql", sample=10))  # type: ignore[arg-type]


def test_what_was_deployed_is_defined_made_to_end_and_asked_under_a_name_of_its_own() -> None:
    gateway = Gateway(pages=[[]])
    result = run(gateway, "SELECT a FROM v WHERE a > ${least};")
    assert (result.verdict, result.rows, result.read) == (Verdict.PASSED, 0, 10)
    assert gateway.configured[0] == TABLE.text.replace("${topic}", "payments").replace("${secret:KEY}", "value of KEY")
    assert gateway.configured[1] == VIEW.text
    assert gateway.configured[2].startswith("ALTER TABLE `t` SET (")
    assert "'scan.startup.specific-offsets' = 'partition:0,offset:40'" in gateway.configured[2]
    [asked] = gateway.told
    assert asked["statement"] == "SELECT a FROM v WHERE a > 3"
    assert asked["executionConfig"]["pipeline.name"] == f"{JOB_NAMES}/prod/no_debts"
    assert gateway.cancelled == [asked["executionConfig"]["$internal.pipeline.job-id"]]


def test_a_row_that_was_taken_back_is_none() -> None:
    result = run(Gateway(pages=[[("INSERT", [1]), ("INSERT", [2])], [("DELETE", [1])]]))
    assert (result.verdict, result.rows, result.shown) == (Verdict.FAILED, 1, ({"a": 2},))


def test_a_result_without_end_is_cut_and_has_failed_where_rows_only_come() -> None:
    gateway = Gateway(pages=[[("INSERT", [1])] * MOST_CHANGES, [("INSERT", [1])]])
    result = run(gateway)
    assert (result.verdict, result.rows, result.at_least, gateway.fetched) == (Verdict.FAILED, MOST_CHANGES, True, 1)


def test_a_result_that_is_cut_and_may_be_taken_back_is_unknown() -> None:
    plan = "== Optimized Physical Plan ==\nGroupAggregate(changelogMode=[I,UB,UA])\n"
    result = run(Gateway(pages=[[("INSERT", [1])] * MOST_CHANGES, []], plan=plan))
    assert (result.verdict, result.rows) == (Verdict.UNKNOWN, None)
    assert "later ones may take rows back" in result.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "SELECT a\nFROM u", "checks/no_debts.sql:2:6: the stack has no table u. It has: t, v", id="a table that is not deployed"
        ),
        pytest.param("SELECT ${most} FROM t", "checks/no_debts.sql:1:8", id="a parameter that nobody has"),
    ],
)
def test_what_the_stack_does_not_have_is_told_at_its_place_and_asks_nothing(text: str, reason: str) -> None:
    gateway = Gateway(pages=[[]])
    result = run(gateway, text)
    assert result.verdict is Verdict.UNKNOWN
    assert reason in result.reason
    assert gateway.told == []


def test_without_a_free_slot_nothing_is_asked_unless_one_comes_on_demand() -> None:
    gateway = Gateway(pages=[[]], slots=0)
    result = run(gateway)
    assert (result.verdict, gateway.told) == (Verdict.UNKNOWN, [])
    assert "all 8 task slots are taken" in result.reason
    assert run(gateway, on_demand=True).verdict is Verdict.PASSED


def test_no_secret_stands_in_a_result() -> None:
    result = run(Gateway(pages=[[("INSERT", [1])]]))
    assert "value of KEY" not in json.dumps([str(result), result.reason, list(result.shown)], default=str)
