"""Every edit of known truth, carried out on real Flink: the verdict before, and what Flink does with the savepoint.

By default the edits that Flink gets wrong in each of its ways, and some that keep state. FLINK_REVIEWS_VERDICTS=all takes all of them, on
every Flink line, and starts each job that did not go on a second time as its verdict says; 2/5 takes the second of five parts.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeGuard, cast

import pytest

from flinksql.statements import LifecycleSettings
from options.flink_lines import DEFAULT_LINE, FLINK_LINES
from tests.support.flink import gateway_in, job_manager_in
from tests.support.project import SHARED_STACK, ProjectCopy, project_copy
from tests.verdict.bench import Observed, VerdictBench
from tests.verdict.carrying_out import observe
from tests.verdict.edit import Edit, Truth
from tests.verdict.edits import EDITS
from tests.verdict.model_server import model_server
from tests.verdict.recorded import refused

pytestmark = [pytest.mark.real, pytest.mark.timeout(1500), pytest.mark.xdist_group(SHARED_STACK)]

ASKED_FOR = os.environ.get("FLINK_REVIEWS_VERDICTS", "")
ALL = bool(ASKED_FOR)
LINES = tuple(FLINK_LINES) if ALL else (DEFAULT_LINE,)
USUAL = {
    "a column more into the model",
    "a condition before the window",
    "a first condition where no operator for it is",
    "a longer window",
    "another condition",
    "MIN instead of MAX",
    "the prompt",
    "waiting: the halves of two INSERTs exchanged",
    "waiting: the words of a prompt by CONCAT",
    "waiting: two columns exchanged",
    "the source's topic",
    "the type of the key",
}
AT_ONCE = 10


def chosen(asked_for: str) -> list[Edit]:
    """Return the edits that are asked for: the usual ones, `all`, or one part of several, as `2/5`."""
    if not asked_for:
        return [edit for edit in EDITS if edit.name in USUAL]
    part, _, parts = asked_for.partition("/")
    return list(EDITS) if asked_for == "all" else list(EDITS[int(part) - 1 :: int(parts)])


CHOSEN = chosen(ASKED_FOR)


@pytest.fixture(scope="module", params=[pytest.param(line, id=line) for line in LINES])
def observed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, Observed | Exception]]]:
    """What came of each edit on a line, several at once: one alone mostly waits. Edits that are not selected are not carried out."""
    edits = [cast("Edit", item.callspec.params["edit"]) for item in request.session.items if selected(item, request.param)]
    if request.param == DEFAULT_LINE:
        yield request.param, carried_out(request.getfixturevalue("real_stack"), edits)
        return
    edits = [edit for edit in edits if edit.name not in refused(request.param)]
    folder = tmp_path_factory.mktemp("other-line") / "project"
    folder.mkdir()
    with project_copy(folder, flink__line=request.param, bundle="article", flink__taskSlots=24) as copy:
        copy.succeed("up")
        yield request.param, carried_out(copy, edits)


def selected(item: pytest.Item, line: str) -> TypeGuard[pytest.Function]:
    """Whether a test of this run is one of an edit on a line."""
    return (
        isinstance(item, pytest.Function)
        and item.function is test_the_verdict_is_what_flink_does
        and item.callspec.params["observed"] == line
    )


def carried_out(stack: ProjectCopy, edits: Sequence[Edit]) -> dict[str, Observed | Exception]:
    outputs = stack.outputs()
    with model_server() as model, ThreadPoolExecutor(AT_ONCE) as trials:
        bench = VerdictBench(
            gateway=gateway_in(outputs),
            jobmanager=job_manager_in(outputs),
            bootstrap=str(outputs["kafkaBootstrap"]),
            model=model,
            settings=LifecycleSettings(plans_folder=stack.data / "flink" / "plans"),
        )
        results = trials.map(lambda edit: tried(bench, edit), edits)
        return {edit.name: result for edit, result in zip(edits, results, strict=True)}


def tried(bench: VerdictBench, edit: Edit) -> Observed | Exception:
    """Return what came of an edit, or what went wrong with it: that is for its own test to raise, and no other edit's."""
    try:
        return observe(bench, edit, recovers=ALL)
    except Exception as error:  # noqa: BLE001
        return error


@pytest.mark.parametrize("edit", [pytest.param(edit, id=edit.name) for edit in CHOSEN])
def test_the_verdict_is_what_flink_does(edit: Edit, observed: tuple[str, dict[str, Observed | Exception]]) -> None:
    line, results = observed
    if edit.name in refused(line):
        pytest.skip(f"the planner of {line} refuses it: {refused(line)[edit.name]}")
    result = results[edit.name]
    if isinstance(result, Exception):
        raise result
    assert result.truth is edit.truth_on(line), result.detail
    assert (result.verdict.decision, result.verdict.restore) == (edit.decision, edit.restore), str(result.verdict)
    assert not result.verdict.keeps or result.truth in {Truth.GOES_ON, Truth.AS_THEY_WERE}
    assert result.truth is not Truth.AS_THEY_WERE or result.verdict.findings
    assert result.recovered


def test_the_usual_edits_are_there() -> None:
    assert {edit.name for edit in EDITS} >= USUAL
