"""What the planner said is asked once for a run of the gateway, and again for whatever might make it say something else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from embedded.data_folder import DataFolder
from embedded.planner_run import begin_planner_run
from flinksql.errors import UnreachableError
from flinksql.flink.gateway import GatewayClient, GatewaySession
from flinksql.statement import Definition
from flinksql.statements import StatementLifecycle
from flinksql.statements.observe import JobInspector, Predecessor
from flinksql.statements.planner_answers import PlannerAnswers
from flinksql.statements.script import script_of
from flinksql.statements.state_verdict import Judging
from tests.contract.bench import COPY, COPY_SOME, Bench, catalog_object
from tests.unit.flinksql.statements.noting_clock import NotingClock

CONFIGURATION = {"parallelism.default": "2", "": "plans"}


@dataclass
class Planner:
    """Answers, and counts how often it was asked."""

    said: Mapping[str, str] = field(default_factory=lambda: {"explained": "as it is"})
    asked: int = 0

    def __call__(self) -> Mapping[str, str]:
        self.asked += 1
        return self.said


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(root=tmp_path / "data")
    begin_planner_run(made)
    return made


Ask = Callable[..., Mapping[str, str]]


@pytest.fixture
def ask(bench: Bench, folder: DataFolder) -> Ask:
    def asked(
        planner: Planner,
        definition: Definition,
        configuration: Mapping[str, str] = CONFIGURATION,
        *,
        secrets: Mapping[str, str] | None = None,
        plans: Path = folder.plans,
    ) -> Mapping[str, str]:
        # A new one each time, as the preview and the run have processes of their own.
        answers = PlannerAnswers(gateway=bench.gateway, plans_folder=plans, secrets=secrets or {})
        return answers.of(definition, script_of(definition, secrets or {}), configuration, planner)

    return asked


def test_the_same_question_is_asked_once(bench: Bench, ask: Ask) -> None:
    planner = Planner()
    said = [ask(planner, bench.job()) for _ in range(3)]
    assert (said, planner.asked) == ([planner.said] * 3, 1)


def test_another_question_is_asked(bench: Bench, ask: Ask) -> None:
    planner = Planner()
    job = bench.job(COPY)
    ask(planner, job)
    ask(planner, bench.job(COPY_SOME))
    ask(planner, replace(job, options={"table.exec.mini-batch.enabled": "true"}))
    ask(planner, replace(job, closure=(*job.closure[:-1], replace(job.closure[-1], text=job.closure[-1].text + "-- other\n"))))
    assert planner.asked == 3, "a comment in a definition is no other question"
    ask(planner, job, {**CONFIGURATION, "parallelism.default": "3"})
    ask(planner, job, {**CONFIGURATION, "": "proof"})
    assert planner.asked == 5


def test_a_parameter_of_the_closure_is_another_question(bench: Bench, ask: Ask) -> None:
    planner = Planner()
    job = bench.job()
    ask(planner, replace(job, parameters={**job.parameters, "rate": "5"}))
    ask(planner, replace(job, parameters={**job.parameters, "rate": "6"}))
    assert planner.asked == 2


def test_another_run_of_the_gateway_is_asked_again(bench: Bench, ask: Ask, folder: DataFolder) -> None:
    planner = Planner()
    ask(planner, bench.job())
    begin_planner_run(folder)
    ask(planner, bench.job())
    assert planner.asked == 2
    assert len(list((folder.plans / "answers").glob("*.json"))) == 1, "those of the run before are gone"


def test_where_nobody_names_the_run_nothing_is_remembered(bench: Bench, ask: Ask, tmp_path: Path) -> None:
    """A folder that a Flink of somebody else shares with this machine."""
    planner = Planner()
    (tmp_path / "shared").mkdir()
    for _ in range(2):
        ask(planner, bench.job(), plans=tmp_path / "shared")
    assert planner.asked == 2
    assert list((tmp_path / "shared").iterdir()) == []


@pytest.mark.parametrize(
    ("secret", "quoted"),
    [
        pytest.param("hunter2hunter2", "hunter2hunter2", id="verbatim"),
        pytest.param("hunter'2'hunter", "hunter''2''hunter", id="as SQL quotes it"),
        pytest.param('hunter"2"hunter', r"hunter\"2\"hunter", id="as JSON quotes it"),
    ],
)
def test_an_answer_with_a_secret_is_not_kept(bench: Bench, ask: Ask, folder: DataFolder, secret: str, quoted: str) -> None:
    planner = Planner(said={"explained": f"Filter[v = '{quoted}']"})
    for _ in range(2):
        ask(planner, bench.job(), secrets={"KEY": secret})
    assert planner.asked == 2
    assert all("hunter" not in file.read_text() for file in folder.plans.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    "view",
    [
        "CREATE VIEW seen AS SELECT id, v FROM elsewhere.db.t",
        "CREATE VIEW seen AS SELECT id, elsewhere.db.f(v) AS v FROM src",
    ],
    ids=["a table", "a function"],
)
def test_what_another_catalog_describes_is_asked_each_time(bench: Bench, ask: Ask, view: str) -> None:
    planner = Planner()
    job = bench.job()
    named = replace(job, closure=(*job.closure, catalog_object("seen", view)))
    for _ in range(2):
        ask(planner, named)
    assert planner.asked == 2


def test_a_file_that_is_cut_off_is_asked_about_again(bench: Bench, ask: Ask, folder: DataFolder) -> None:
    planner = Planner()
    ask(planner, bench.job())
    [file] = (folder.plans / "answers").glob("*.json")
    assert file.stat().st_mode & 0o077 == 0
    file.write_text(file.read_text()[:5])
    assert ask(planner, bench.job()) == planner.said
    assert planner.asked == 2


def test_old_answers_make_room(bench: Bench, ask: Ask, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flinksql.statements.planner_answers._MOST", 3)
    planner = Planner()
    for rate in range(6):
        ask(planner, replace(bench.job(), parameters={**bench.job().parameters, "rate": str(rate)}))
    assert len(list((folder.plans / "answers").glob("*.json"))) == 3


class Look:
    """Finds a job each time."""

    def predecessor(self, _old: Definition, _new: Definition) -> Predecessor:
        return Predecessor(job_id="j")

    def running(self, _old: Definition) -> Predecessor:
        return Predecessor(job_id="j")


def test_the_run_after_a_preview_plans_nothing_anew(bench: Bench, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    session = type(bench.gateway).session

    def counted(gateway: object) -> object:
        opened.append("session")
        return session(gateway)  # type: ignore[arg-type]

    monkeypatch.setattr(type(bench.gateway), "session", counted)
    told = []
    for _ in ("the preview", "the run"):
        judging = Judging(
            gateway=bench.gateway,
            inspector=cast("JobInspector", Look()),
            secrets={},
            settings=replace(bench.settings, plans_folder=folder.plans),
            clock=NotingClock(),
        )
        told.append(judging.verdict(bench.job(COPY), bench.job(f"-- other words\n{COPY}")))
    assert told[0] == told[1]
    assert told[0] is not None
    # Words alone make no other question, so the old and the new job are one; each of its two plans has a session.
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("text", "proofs"),
    [
        pytest.param(COPY_SOME, 0, id="the verdict had it planned"),
        pytest.param(f"{COPY.rstrip()} WHERE v <> '${{secret:KEY}}'", 1, id="the text has a secret, whose value may be another one"),
    ],
)
def test_what_the_verdict_had_planned_is_not_proven_again_before_the_old_job_stops(
    bench: Bench, folder: DataFolder, monkeypatch: pytest.MonkeyPatch, text: str, proofs: int
) -> None:
    settings = replace(bench.settings, plans_folder=folder.plans)

    def lifecycle() -> StatementLifecycle:
        return StatementLifecycle(bench.gateway, bench.jobmanager, secrets={"KEY": "hunter2hunter2"}, settings=settings)

    old, new = bench.job(), bench.job(text)
    deployed = lifecycle().create(old)
    lifecycle().verdict(old, new)
    asked: list[str] = []
    execute = GatewaySession.execute

    def noted(session: GatewaySession, sql: str, *arguments: object, **named: object) -> object:
        asked.append(sql)
        return execute(session, sql, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(GatewaySession, "execute", noted)
    lifecycle().update(old, new, deployed)
    assert sum(1 for sql in asked if sql.startswith("EXPLAIN")) == proofs


def test_the_planner_of_another_line_is_asked_each_time(bench: Bench, folder: DataFolder) -> None:
    """Its gateway has a run of its own, which nobody names here."""
    settings = replace(bench.settings, plans_folder=folder.plans)
    judging = Judging(gateway=bench.gateway, inspector=cast("JobInspector", Look()), secrets={}, settings=settings, clock=NotingClock())
    judging.line_verdict(bench.job(), bench.job(), bench.gateway)
    assert len(list((folder.plans / "answers").glob("*.json"))) == 1, "that of the stack's own gateway"


def test_a_gateway_that_does_not_say_its_version_at_once_is_asked_again(
    bench: Bench, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was started a moment ago, on a machine that is busy."""
    asked: list[str] = []
    information = type(bench.gateway).information

    def late(gateway: GatewayClient) -> object:
        asked.append("version")
        if len(asked) == 1:
            raise UnreachableError("no reply within 30 s")
        return information(gateway)

    monkeypatch.setattr(GatewayClient, "information", late)
    settings = replace(bench.settings, plans_folder=folder.plans)
    lifecycle = StatementLifecycle(bench.gateway, bench.jobmanager, settings=settings, clock=NotingClock())
    lifecycle.validate(bench.job())
    assert len(asked) == 2
