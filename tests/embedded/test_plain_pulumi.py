"""A user with `pulumi` alone: no `make`, no console, a virtual environment that the language host makes, up to the destruction."""

import json
from collections.abc import Iterator

import pytest

from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from tests.language_host import ANNOUNCEMENT
from tests.support.flink import job_manager_in
from tests.support.plain import PlainPulumi
from tests.support.project import ProjectCopy, project_copy

pytestmark = pytest.mark.real
PROMPT = "return a valid JSON only"
EDITED = "return one valid JSON object only"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectCopy]:
    folder = tmp_path_factory.mktemp("plain") / "project"
    folder.mkdir()
    with project_copy(folder) as copied:
        yield copied


@pytest.fixture(scope="module")
def pulumi(copy: ProjectCopy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainPulumi]:
    plain = PlainPulumi(copy.folder, tmp_path_factory.mktemp("home"))
    assert not (copy.folder / ".venv").exists()
    plain.succeed("stack", "init", "local")
    yield plain
    plain.run("destroy", "--yes")


def test_a_mistake_is_one_message_without_a_traceback(pulumi: PlainPulumi) -> None:
    pulumi.succeed("config", "set", "flink.parallelism", "0")
    said = pulumi.fail("preview")
    pulumi.succeed("config", "rm", "flink.parallelism")
    assert not pulumi.doubled or ANNOUNCEMENT in said
    assert "flink.parallelism is '0': it must be a whole number from 1 to 256" in said
    assert [word for word in ("Traceback", "unhandled", "exited") if word in said] == []


def test_a_resource_that_fails_is_told_without_tracebacks(pulumi: PlainPulumi) -> None:
    pulumi.succeed("config", "set", "data.folder", "/proc/nowhere")
    said = pulumi.fail("up", "--yes", "--skip-preview")
    pulumi.succeed("config", "rm", "data.folder")
    assert "error: the data folder /proc/nowhere cannot be written" in said
    assert [word for word in ("Traceback", "KeyboardInterrupt", "Exception calling application") if word in said] == []


def test_the_stack_lives_by_plain_pulumi_alone(pulumi: PlainPulumi, copy: ProjectCopy) -> None:
    up = pulumi.succeed("up", "--yes")
    assert "warning" not in up
    assert "planner does not answer" not in up[up.index("Updating (") :]
    assert len(outputs_of(up)) < 20, outputs_of(up)
    assert (copy.folder / ".venv" / "bin" / "python").exists(), "made by the language host"
    pulumi.succeed("preview", "--expect-no-changes")
    _a_refused_statement_is_one_message(pulumi, copy)
    _edit_the_prompt(copy)
    _the_diff_is_short(pulumi.succeed("preview", "--diff"))
    upgraded = pulumi.succeed("up", "--yes")
    assert "Statement summaries goes on from" in upgraded
    pulumi.succeed("refresh", "--yes", "--expect-no-changes")
    pulumi.succeed("preview", "--expect-no-changes")
    _a_refused_change_changes_nothing(pulumi, copy)
    refused = pulumi.fail("import", "pulumi-python:dynamic/flinksql:Statement", "other", "flink-reviews/local/other", "--yes")
    assert "`pulumi import` cannot read statement other: write its file and run `pulumi up`" in refused
    assert copy.succeed("status").code == 0, "the console works on the same state"
    destroyed = pulumi.succeed("destroy", "--yes")
    assert "warning" not in destroyed
    assert marked(EmbeddedSettings(data_folder=copy.data).folder) == []


def _a_refused_change_changes_nothing(pulumi: PlainPulumi, copy: ProjectCopy) -> None:
    """Shorter windows change views, which Pulumi would make first, and a job, whose state does not fit."""
    before, jobs = pulumi.succeed("stack", "export"), _running(pulumi)
    former = pulumi.succeed("config", "get", "bundle.parameters.window_seconds").strip()
    pulumi.succeed("config", "set", "bundle.parameters.window_seconds", "30")
    said = pulumi.fail("up", "--yes")
    assert "this change of a running job does not keep its state: resets state: " in said
    assert "Updating (" not in said, "the preview refuses, so nothing is begun"
    console = copy.run("up")
    assert console.code != 0
    assert "this change of a running job does not keep its state: resets state: " in console.said
    assert "nothing was changed" in console.said
    assert _state(pulumi.succeed("stack", "export")) == _state(before)
    assert _running(pulumi) == jobs
    pulumi.succeed("config", "set", "bundle.parameters.window_seconds", former)
    pulumi.succeed("preview", "--expect-no-changes")


def _state(exported: str) -> object:
    return json.loads(exported)["deployment"]["resources"]


def _running(pulumi: PlainPulumi) -> list[tuple[str, int]]:
    """Return the id and start of each running job."""
    jobs = job_manager_in(json.loads(pulumi.succeed("stack", "output", "--json"))).jobs()
    return sorted((job.job_id, job.start_time) for job in jobs if not job.state.terminal)


def outputs_of(said: str) -> list[str]:
    """Return the lines of the last list of outputs."""
    after = said.rpartition("Outputs:")[2]
    return after[: after.index("Resources:")].strip().splitlines()


def _a_refused_statement_is_one_message(pulumi: PlainPulumi, copy: ProjectCopy) -> None:
    """The planner refuses it while the engine runs, long after the program has returned."""
    file = copy.folder / "sql" / "reviews" / "more.sql"
    file.write_text("CREATE TABLE more (a INT) WITH ('connector' = 'kafak')", encoding="utf-8")
    said = pulumi.fail("preview")
    file.unlink()
    assert "error: sql/reviews/more.sql:1:47: Unknown connector 'kafak'. Did you mean 'kafka'?" in said
    assert [word for word in ("Traceback", "unhandled", "exit code") if word in said] == []


def _edit_the_prompt(copy: ProjectCopy) -> None:
    file = copy.folder / "sql" / "reviews" / "prompts" / "summary.md"
    text = file.read_text(encoding="utf-8")
    assert PROMPT in text
    file.write_text(text.replace(PROMPT, EDITED), encoding="utf-8")


def _the_diff_is_short(diff: str) -> None:
    assert diff.count(f"{EDITED} ") == 1, diff
    assert "CREATE VIEW" not in diff, "what did not change is not shown"
    assert "Statement summaries changes because of product_review_summarizer." in diff
    assert "Statement summaries: keeps state" in diff
    assert len(diff.splitlines()) < 100, diff
