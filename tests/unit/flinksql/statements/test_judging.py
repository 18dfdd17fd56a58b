"""What a change of a job does to its state, from asking the planner to the words that are told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from flinksql.errors import FlinkSqlError, StatementError, TransientError
from flinksql.policy import Policy, UpgradeMode
from flinksql.statement import Definition, Kind, Statement
from flinksql.statements.compatibility import Decision, Finding, Restore, Verdict
from flinksql.statements.observe import JobInspector, Predecessor
from flinksql.statements.state_verdict import Judging, kinds_verdict, refusal, verdict_line
from tests.contract.bench import COPY, COPY_SOME, SNK, SRC, Bench
from tests.fakes.faults import Fault
from tests.fakes.flink import FakeFlink
from tests.fakes.plans import physical_plan
from tests.unit.flinksql.statements.noting_clock import NotingClock

OPTIONS = {"table.exec.mini-batch.enabled": "true", "parallelism.default": "3"}


@dataclass
class KnownPredecessor:
    """A look that finds this job, after as many failures as there are."""

    found: Predecessor = field(default_factory=lambda: Predecessor(job_id="j"))
    failures: list[FlinkSqlError] = field(default_factory=list)
    asked: list[tuple[Definition, Definition]] = field(default_factory=list)

    def predecessor(self, old: Definition, new: Definition) -> Predecessor:
        self.asked.append((old, new))
        if self.failures:
            raise self.failures.pop(0)
        return self.found


Judge = Callable[..., Verdict | None]


@pytest.fixture
def judged(bench: Bench, tmp_path: Path) -> Judge:
    """Judge a change of a job of which this predecessor is known."""

    def judge(
        old: Definition, new: Definition, look: KnownPredecessor | None = None, secrets: Mapping[str, str] | None = None
    ) -> Verdict | None:
        judging = Judging(
            gateway=bench.gateway,
            inspector=cast("JobInspector", look or KnownPredecessor()),
            secrets=secrets or {},
            settings=replace(bench.settings, plans_folder=tmp_path, defaults={"parallelism.default": "1", "of.the.platform": "yes"}),
            clock=NotingClock(),
        )
        return judging.verdict(old, new)

    return judge


def renamed_only(bench: Bench) -> Definition:
    """Return a definition of the same job in other words."""
    return bench.job(f"-- other words\n{COPY}")


def test_a_change_of_words_alone_keeps_the_state_of_the_job_that_was_found(bench: Bench, judged: Judge) -> None:
    look = KnownPredecessor()
    verdict = judged(bench.job(), renamed_only(bench), look)
    assert (str(verdict), verdict and verdict.job_id) == ("keeps state", "j")
    assert look.asked == [(bench.job(), renamed_only(bench))]


def test_a_job_with_vertices_that_its_definition_does_not_plan_to_is_not_judged_by_that_plan(bench: Bench, judged: Judge) -> None:
    verdict = judged(bench.job(), renamed_only(bench), KnownPredecessor(Predecessor(job_id="j", vertices=("f" * 32,))))
    assert verdict is not None
    assert (verdict.decision, verdict.job_id) == (Decision.UNKNOWN, "j")
    assert "it was planned by another version of Flink, or started by hand" in str(verdict)


def test_a_doubt_about_the_job_makes_unknown_of_what_would_keep_its_state(bench: Bench, judged: Judge) -> None:
    verdict = judged(bench.job(), renamed_only(bench), KnownPredecessor(Predecessor(job_id="j", doubt="it runs something else")))
    assert (str(verdict), verdict and verdict.job_id) == ("unknown: it runs something else", "j")


def test_a_change_that_runs_already_loses_nothing_but_is_planned_first(bench: Bench, judged: Judge) -> None:
    made = KnownPredecessor(Predecessor(made=True))
    assert judged(bench.job(), bench.job(COPY_SOME), made) is None
    with pytest.raises(StatementError, match="missing_column"):
        judged(bench.job(), bench.job("INSERT INTO snk SELECT id, missing_column FROM src"), made)


def test_an_old_definition_that_cannot_be_planned_any_more_leaves_its_state_unknown(bench: Bench, judged: Judge) -> None:
    verdict = judged(bench.job("INSERT INTO snk SELECT id, missing_column FROM src"), bench.job())
    assert verdict is not None
    assert (verdict.decision, verdict.restore, verdict.job_id) == (Decision.UNKNOWN, Restore.NONE, "j")
    assert str(verdict).startswith("unknown: the old definition cannot be planned any more: Column 'missing_column' not found")


@pytest.mark.parametrize("texts", [pytest.param((COPY, COPY_SOME), id="the new one"), pytest.param((COPY_SOME, COPY), id="the old one")])
def test_a_plan_that_is_not_understood_leaves_the_state_unknown(
    bench: Bench, judged: Judge, texts: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(sql: str, catalog: Mapping[str, str]) -> str:
        return "a plan of another kind" if "UPPER" in sql else physical_plan(sql, catalog)

    monkeypatch.setattr("tests.fakes.gateway.physical_plan", unreadable)
    verdict = judged(bench.job(texts[0]), bench.job(texts[1]))
    assert verdict is not None
    assert (verdict.decision, verdict.restore, verdict.job_id) == (Decision.UNKNOWN, Restore.NONE, "j")
    assert str(verdict) == "unknown: Flink's answer holds no physical execution plan"


def test_secrets_in_operators_are_not_told(bench: Bench, judged: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding(
        decision=Decision.RESETS, operator="Calc(where=[(v = 'open-sesame')])", why="open-sesame is new", restore=Restore.NONE
    )
    quoting = Verdict(decision=Decision.RESETS, findings=(finding,), consequence="without open-sesame")
    monkeypatch.setattr("flinksql.statements.state_verdict.judge", lambda *_: quoting)
    verdict = judged(bench.job(), renamed_only(bench), secrets={"KEY": "open-sesame"})
    assert verdict is not None
    assert str(verdict) == "resets state: Calc(where=[(v = '${secret:KEY}')]): ${secret:KEY} is new"
    assert verdict.consequence == "without ${secret:KEY}"


def test_both_are_planned_as_they_would_be_submitted(bench: Bench, flink: FakeFlink, judged: Judge) -> None:
    judged(replace(bench.job(), options=OPTIONS), replace(renamed_only(bench), options=OPTIONS))
    planned = [body for body in flink.gateway.bodies if str(body.get("statement")).startswith(("EXPLAIN", "COMPILE"))]
    assert len(planned) == 4
    for body in planned:
        assert cast("dict[str, str]", body["executionConfig"]).items() >= {**OPTIONS, "of.the.platform": "yes"}.items()


def test_what_did_not_answer_is_asked_again(bench: Bench, flink: FakeFlink, judged: Judge) -> None:
    flink.gateway_server.faults.arm(Fault.UNAVAILABLE, "POST", times=1)
    look = KnownPredecessor(failures=[TransientError("no answer")])
    assert str(judged(bench.job(), renamed_only(bench), look)) == "keeps state"
    assert len(look.asked) == 2


def test_a_jobmanager_that_stays_silent_is_no_verdict(bench: Bench, judged: Judge) -> None:
    with pytest.raises(TransientError, match="no answer"):
        judged(bench.job(), renamed_only(bench), KnownPredecessor(failures=[TransientError("no answer")] * 9))


def of_kind(kind: Kind) -> Definition:
    """Return a definition of this kind, of which nothing else matters."""
    return Definition(statement=Statement(name="it", kind=kind, text=COPY, file="sql/it.sql"), closure=(SRC, SNK), job_name="p/s/it")


LOST = Verdict(
    decision=Decision.RESETS,
    findings=(Finding(decision=Decision.RESETS, why="it becomes a bounded job", restore=Restore.NONE),),
    restore=Restore.NONE,
    consequence="the running job is cancelled, and its state dropped",
)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        pytest.param(Kind.JOB, Kind.BOUNDED_JOB, LOST, id="a job becomes bounded"),
        pytest.param(Kind.BOUNDED_JOB, Kind.JOB, None, id="a bounded job becomes streaming"),
        pytest.param(Kind.BOUNDED_JOB, Kind.BOUNDED_JOB, None, id="bounded jobs"),
        pytest.param(Kind.CATALOG_OBJECT, Kind.JOB, None, id="a table becomes a job"),
        pytest.param(Kind.CATALOG_OBJECT, Kind.CATALOG_OBJECT, None, id="tables"),
    ],
)
def test_kinds_that_say_what_becomes_of_the_state(old: Kind, new: Kind, verdict: Verdict | None, judged: Judge) -> None:
    assert kinds_verdict(of_kind(old), of_kind(new)) == verdict
    look = KnownPredecessor()
    assert judged(of_kind(old), of_kind(new), look) == verdict
    assert look.asked == []


def test_kinds_say_nothing_of_two_streaming_jobs() -> None:
    assert kinds_verdict(of_kind(Kind.JOB), of_kind(Kind.JOB)) is None


def test_a_job_that_becomes_a_table_loses_its_state() -> None:
    verdict = kinds_verdict(of_kind(Kind.JOB), of_kind(Kind.CATALOG_OBJECT))
    assert verdict is not None
    assert (verdict.decision, verdict.restore, verdict.findings[0].restore) == (Decision.RESETS, Restore.NONE, Restore.NONE)


def test_a_verdict_is_told_with_what_follows_from_it_unless_the_state_is_kept() -> None:
    told = "Statement it: resets state: it becomes a bounded job. The running job is cancelled, and its state dropped."
    assert verdict_line(LOST, of_kind(Kind.JOB)) == told
    assert verdict_line(Verdict(decision=Decision.KEEPS, consequence="nothing"), of_kind(Kind.JOB)) == "Statement it: keeps state"


BESIDE = "approve this one change: `it`."


@pytest.mark.parametrize(
    ("how", "advice"),
    [
        pytest.param("", "add the line `-- allow_state_reset: true` at the top of the file.", id="by the header alone"),
        pytest.param(
            BESIDE,
            f"{BESIDE}\n  Or add the line `-- allow_state_reset: true` at the top of the file, which lets later changes through too.",
            id="by an approval too",
        ),
    ],
)
def test_a_change_that_loses_state_is_refused_at_the_top_of_its_file(how: str, advice: str) -> None:
    error = refusal(LOST, of_kind(Kind.JOB), how)
    assert isinstance(error, StatementError)
    assert error.statement == "it"
    assert str(error).startswith(
        "sql/it.sql:1:1: this change of a running job does not keep its state: resets state: it becomes a bounded job."
    )
    assert str(error).endswith(f"\n  If that is meant, {advice} Then: the running job is cancelled, and its state dropped.")


@pytest.mark.parametrize(
    ("verdict", "policy"),
    [
        pytest.param(None, Policy(), id="nothing can be lost"),
        pytest.param(Verdict(decision=Decision.KEEPS), Policy(), id="it keeps state"),
        pytest.param(LOST, Policy(allow_state_reset=True), id="the header allows it"),
        pytest.param(LOST, Policy(upgrade_mode=UpgradeMode.STATELESS), id="the header gives all state up"),
    ],
)
def test_a_change_that_may_be_made_is_not_refused(verdict: Verdict | None, policy: Policy) -> None:
    assert refusal(verdict, replace(of_kind(Kind.JOB), policy=policy)) is None
