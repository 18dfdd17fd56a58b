"""The engine's events: rows, messages and remarks for people."""

from typing import Any

import pulumi
import pytest
from pulumi.automation import EngineEvent

from components.names import PIPELINE_TYPE
from console.driver.events import EventReader, clean, resource_of
from console.driver.progress import Progress, State
from console.driver.run import last_lines
from console.driver.wrapped_program import declare_to
from console.show.formatting import action
from tests.unit.console.engine_steps import JOB, KIND, STACK, begins

TOPIC = "pulumi-python:dynamic/kafka:Topic"
DEFINITION = "pulumi-python:dynamic/kubernetes:CustomResourceDefinition"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param("Exception calling application: it broke: do this\n", "it broke: do this", id="provider-error"),
        pytest.param("error: x\n", "x", id="prefix"),
        pytest.param(
            "pulumi-python:dynamic/flinksql:Statement resource 'summaries': property sql value {SELECT} has a problem: sql/a.sql:1:2: no",
            "sql/a.sql:1:2: no",
            id="check-failure",
        ),
        pytest.param("pulumi-python:dynamic/x:Y resource 'z' has a problem: no", "no", id="check-failure-without-property"),
        pytest.param(
            '1 error occurred:\n\t* resource "urn:pulumi:dev::flink-reviews::kubernetes:apps/v1:Deployment::gateway" was successfully '
            "created, but the Kubernetes API server reported that it failed to fully initialize or become live: timed out waiting",
            "timed out waiting",
            id="kubernetes, of a creation",
        ),
        pytest.param(
            '1 error occurred:\n\t* the Kubernetes API server reported that "flink/session" failed to fully initialize or become live: '
            ".spec.nope: field not declared in schema",
            ".spec.nope: field not declared in schema",
            id="kubernetes, of a change",
        ),
        pytest.param("plain words", "plain words", id="plain"),
    ],
)
def test_a_message_keeps_only_the_words_of_who_raised_it(message: str, expected: str) -> None:
    assert clean(message) == expected


@pytest.mark.parametrize(
    ("urn", "expected"),
    [pytest.param(JOB, "summaries", id="resource"), pytest.param(STACK, "", id="stack"), pytest.param("", "", id="none")],
)
def test_a_message_about_the_stack_is_about_the_run(urn: str, expected: str) -> None:
    assert resource_of(urn) == expected


@pytest.mark.parametrize(
    ("external", "operation", "planned", "words"),
    [
        pytest.param(True, "create", True, "to use", id="preview of an external topic"),
        pytest.param(True, "create", False, "uses", id="external topic"),
        pytest.param(True, "delete", True, "to leave", id="preview of leaving an external topic"),
        pytest.param(True, "delete", False, "left", id="external topic left"),
        pytest.param(True, "same", False, "unchanged", id="external topic as before"),
        pytest.param(False, "create", True, "to create", id="preview of an own topic"),
        pytest.param(False, "delete", False, "deleted", id="own topic"),
    ],
)
def test_a_topic_of_somebody_else_is_used_and_left_not_created_and_deleted(
    external: bool, operation: str, planned: bool, words: str
) -> None:
    told = Told().tell(begins(TOPIC, "payments", {"topic": "payments", "external": external}, operation))
    row = told.progress.end(TOPIC, "payments", operation, 1.0)
    assert action(row, planned=planned) == words


@pytest.mark.parametrize(
    ("told_of_it", "words"),
    [
        pytest.param("{name} stays in the cluster, because it is in use: the operator in namespace flink-staging.", "left", id="in use"),
        pytest.param("{name} stays in the cluster (crds.retain is true); the next `up` adopts it.", "left", id="retained"),
        pytest.param("flinkblue.flink.apache.org stays in the cluster: it was there before this stack.", "deleted", id="another one"),
        pytest.param("removed the lock of an earlier run", "deleted", id="something else"),
    ],
)
def test_a_definition_that_stays_is_not_called_deleted(told_of_it: str, words: str) -> None:
    name = "flinkdeployments.flink.apache.org"
    told = Told().tell(begins(DEFINITION, name, {"definition": name}, "delete"))
    told.tell(_diagnostic("info", told_of_it.format(name=name)))
    assert action(told.progress.end(DEFINITION, name, "delete", 1.0)) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        pytest.param({"retainOnDelete": True}, "left", id="kept by the engine"),
        pytest.param({"inputs": {"topic": "reviews", "delete_data": False}}, "left", id="a topic that keeps its data"),
        pytest.param({"inputs": {"topic": "reviews", "delete_data": True}}, "deleted", id="a topic that goes"),
    ],
)
def test_what_its_resource_leaves_is_not_called_deleted(state: dict[str, Any], words: str) -> None:
    old = {"type": TOPIC, "urn": JOB, "custom": True, "outputs": {}, **state}
    told = Told().tell(_event("resourcePreEvent", {"metadata": {"op": "delete", "urn": JOB, "type": TOPIC, "old": old}}))
    told.tell(_event("resOutputsEvent", {"metadata": {"op": "delete", "urn": JOB, "type": TOPIC, "old": old}}))
    assert [action(row) for row in told.progress.shown()] == [words]


def test_a_namespace_is_neither_deleted_nor_left_by_its_own_step() -> None:
    """The stack's claim on it goes later, and decides."""
    urn = "urn:pulumi:dev::flink-reviews::kubernetes:core/v1:Namespace::flink"
    old = {"type": "kubernetes:core/v1:Namespace", "urn": urn, "custom": True, "outputs": {}, "retainOnDelete": True}
    step = {"metadata": {"op": "delete", "urn": urn, "type": old["type"], "old": old}}
    assert Told().tell(_event("resourcePreEvent", step)).tell(_event("resOutputsEvent", step)).progress.shown() == []


def _event(kind: str, content: dict[str, Any]) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, kind: content})


def _step(kind: str, operation: str, **more: Any) -> EngineEvent:  # noqa: ANN401
    state = {"type": KIND, "urn": JOB, "custom": True, "outputs": {}}
    return _event(kind, {"metadata": {"op": operation, "urn": JOB, "type": KIND, "new": state, **more}})


def _diagnostic(severity: str, message: str, urn: str = "") -> EngineEvent:
    return _event("diagnosticEvent", {"severity": severity, "message": message, "urn": urn, "color": "never"})


class Told:
    def __init__(self) -> None:
        self.progress = Progress()
        self.now = 0.0
        self.notes: list[str] = []
        self.interrupts = 0
        self.reader = EventReader(progress=self.progress, clock=lambda: self.now, heard_interrupt=self._hear, noted=self.notes.append)

    def _hear(self) -> None:
        self.interrupts += 1

    def tell(self, event: EngineEvent, at: float = 0.0) -> "Told":
        self.now = at
        self.reader(event)
        return self


@pytest.mark.parametrize(
    ("operation", "state"),
    [
        pytest.param("create", State.DONE, id="create"),
        pytest.param("update", State.DONE, id="update"),
        pytest.param("delete", State.DONE, id="delete"),
        pytest.param("create-replacement", State.DONE, id="replacement"),
        pytest.param("same", State.UNCHANGED, id="same"),
        pytest.param("refresh", State.UNCHANGED, id="refresh"),
    ],
)
def test_a_step_from_begin_to_end_gives_one_row_with_its_time(operation: str, state: State) -> None:
    told = Told().tell(_step("resourcePreEvent", operation), 1.0)
    assert told.progress.shown()[0].state is State.RUNNING
    told.tell(_step("resOutputsEvent", operation), 3.5)
    [row] = told.progress.shown()
    assert (row.name, row.operation, row.state, row.seconds(9.0)) == ("summaries", operation, state, 2.5)


def test_a_failed_step_names_its_reason_and_the_run_adds_nothing() -> None:
    told = Told().tell(_step("resourcePreEvent", "create"), 1.0)
    told.tell(_diagnostic("error", "Exception calling application: no broker", JOB)).tell(_step("resOpFailedEvent", "create"), 2.0)
    told.tell(_diagnostic("error", "update failed\n"))
    assert [(problem.resource, problem.message) for problem in told.progress.errors] == [("summaries", "no broker")]
    assert told.progress.shown()[0].state is State.FAILED


SERVICE = "urn:pulumi:dev::flink-reviews::kubernetes:core/v1:Service::kafka"
NO_SCHEMA = 'unable to load schema information from the API server: Get "https://127.0.0.1:6443/openapi/v2": connect: connection refused'


def test_a_cluster_that_went_away_is_told_once_and_not_in_the_providers_words() -> None:
    told = Told()
    told.tell(_diagnostic("warning", f"configured Kubernetes cluster is unreachable: {NO_SCHEMA}", SERVICE))
    told.tell(_diagnostic("error", f"configured Kubernetes cluster is unreachable: {NO_SCHEMA}", SERVICE))
    told.tell(
        _diagnostic(
            "error",
            "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this resource from "
            'Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
            SERVICE.replace("kafka", "akhq"),
        )
    )
    [problem] = told.progress.errors
    assert (problem.resource, problem.message) == ("", f"the cluster could not be reached when the run began: {NO_SCHEMA}")
    assert not told.progress.warnings


@pytest.mark.parametrize(
    ("severity", "message"),
    [
        pytest.param("debug", "registering resource", id="debug"),
        pytest.param("warning", "using pulumi-resource-pulumi-python from $PATH at /x\n", id="plugin-from-path"),
        pytest.param(
            "warning", "Attempting to deploy or update resources with 6 pending operations from previous deployment.", id="pending"
        ),
        pytest.param("error", "an unhandled error occurred: the same again", id="echo"),
        pytest.param("error", "update canceled", id="cancelled"),
        pytest.param("info", "\n", id="empty"),
    ],
)
def test_noise_of_the_engine_is_not_passed_on(severity: str, message: str) -> None:
    told = Told().tell(_diagnostic(severity, message))
    assert (told.progress.errors, told.progress.warnings, told.notes) == ([], [], [])


def test_the_same_words_are_said_once() -> None:
    told = Told()
    for _ in range(3):
        told.tell(_diagnostic("error", "wrong")).tell(_diagnostic("info", "a remark\n", JOB))
    assert [problem.message for problem in told.progress.errors] == ["wrong"]
    assert told.notes == ["summaries: a remark"]


def _on_the_way(message: str, *, ephemeral: bool = True) -> EngineEvent:
    content = {"severity": "warning", "message": message, "urn": JOB, "color": "never", "ephemeral": ephemeral}
    return _event("diagnosticEvent", content)


def test_a_warning_about_the_way_is_over_when_the_resource_is_done() -> None:
    told = Told().tell(_step("resourcePreEvent", "create")).tell(_on_the_way("[Pod a]: FailedMount"))
    told.tell(_on_the_way("this version goes soon", ephemeral=False)).tell(_diagnostic("warning", "about the run"))
    assert len(told.progress.warnings) == 3
    told.tell(_step("resOutputsEvent", "create"))
    assert [problem.message for problem in told.progress.warnings] == ["this version goes soon", "about the run"]


def test_a_warning_about_the_way_stays_when_the_resource_failed() -> None:
    told = Told().tell(_step("resourcePreEvent", "create")).tell(_on_the_way("[Pod a]: FailedMount"))
    told.tell(_step("resOpFailedEvent", "create"))
    assert [problem.message for problem in told.progress.warnings] == ["[Pod a]: FailedMount"]


def test_outputs_and_changes_come_from_the_events() -> None:
    outputs = {"metadata": {"op": "same", "urn": STACK, "type": "pulumi:pulumi:Stack", "new": {"type": "", "urn": "", "outputs": {"a": 1}}}}
    told = Told().tell(_event("resOutputsEvent", outputs))
    told.tell(_event("summaryEvent", {"resourceChanges": {"create": 2, "same": 1}}))
    assert told.progress.outputs == {"a": 1}
    assert told.progress.changes == {"create": 2, "same": 1}
    assert told.progress.shown() == []


def test_what_is_too_long_for_the_stacks_outputs_comes_from_the_pipeline() -> None:
    told = Told()
    for kind, outputs in ((PIPELINE_TYPE, {"details": {"services": ["kafka"]}}), ("pulumi:pulumi:Stack", {"a": 1})):
        new = {"type": "", "urn": "", "outputs": outputs}
        told.tell(_event("resOutputsEvent", {"metadata": {"op": "same", "urn": STACK, "type": kind, "new": new}}))
    assert told.progress.outputs == {"services": ["kafka"], "a": 1}


@pytest.mark.parametrize(
    ("before", "after", "diffs", "expected"),
    [
        pytest.param(
            {"model": "a", "t": "1"},
            {"model": "b", "t": "1"},
            ["closure", "built_on"],
            ("because of model",),
            id="a statement below changed",
        ),
        pytest.param({"model": "a"}, {"model": "b"}, ["text", "closure"], ("text", "because of model"), id="and its own text"),
        pytest.param({"model": "a"}, {"model": "a"}, ["beside", "text", "problem"], ("text",), id="without what has no effect"),
        pytest.param({"model": "a"}, {"model": "a"}, ["beside"], ("beside",), id="where nothing else differs"),
        pytest.param({}, {"model": "b"}, ["closure", "built_on"], (), id="a state of an earlier version"),
        pytest.param({"model": "a"}, {"model": "a"}, ["policy"], ("policy",), id="none below"),
    ],
)
def test_why_a_statement_changes_is_told_by_name(
    before: dict[str, str], after: dict[str, str], diffs: list[str], expected: tuple[str, ...]
) -> None:
    old, new = ({"type": "", "urn": "", "custom": True, "inputs": {"built_on": digests}} for digests in (before, after))
    told = Told().tell(_step("resourcePreEvent", "update", diffs=diffs, old=old, new=new))
    [row] = told.progress.shown()
    assert row.differences == expected


def test_the_engine_says_when_it_has_heard_ctrl_c() -> None:
    told = Told().tell(_event("stdoutEvent", {"message": "^C received; cancelling. If you would", "color": ""}))
    assert told.interrupts == 1


def test_what_a_row_waits_for_shrinks_as_others_end() -> None:
    progress = Progress()
    for name in ("kafka", "topic"):
        progress.declare("t:Service", name, (), group=False)
    progress.declare("t:Statement", "summaries", ("kafka", "topic"), group=False)
    row = progress.shown()[-1]
    assert progress.missing(row) == ["kafka", "topic"]
    progress.end("t:Service", "kafka", "same", 1.0)
    assert progress.missing(row) == ["topic"]


def test_a_component_and_its_main_part_are_one_name_to_wait_for() -> None:
    progress = Progress()
    declare = declare_to(progress)
    component, part, job = (object.__new__(pulumi.CustomResource) for _ in range(3))
    for resource, kind, name, before in (
        (component, "c:Kafka", "kafka", []),
        (part, "k:StatefulSet", "kafka", []),
        (job, KIND, "job", [component, part]),
    ):
        options = pulumi.ResourceOptions(depends_on=before)
        declare(pulumi.ResourceTransformationArgs(resource=resource, type_=kind, name=name, props={}, opts=options))
    assert progress.rows[KIND, "job"].waits_for == ("kafka",)


def test_the_end_of_a_run_cuts_off_what_still_ran() -> None:
    progress = Progress()
    progress.begin("t:S", "a", "create", 1.0)
    progress.declare("t:S", "b", (), group=False)
    progress.stop(2.0)
    assert [row.state for row in progress.shown()] == [State.INTERRUPTED, State.WAITING]


PASSPHRASE = (
    "the passphrase is not the one that the stack's secrets were encrypted with: correct PULUMI_CONFIG_PASSPHRASE, or the file "
    "that PULUMI_CONFIG_PASSPHRASE_FILE names"
)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("\n code: 255\n stdout: \n stderr: error: incorrect passphrase\n", PASSPHRASE, id="wrong passphrase"),
        pytest.param("\n code: 1\n stdout: something else", "stdout: something else", id="no-error-line"),
        pytest.param("", "the Pulumi CLI failed without a message", id="nothing"),
    ],
)
def test_of_the_clis_output_only_the_reason_is_shown(output: str, expected: str) -> None:
    assert last_lines(output) == expected


REFUSED = """sql/x/second.sql:3:8: Column 'product_id' not found in any table. Correct its name.
    SELECT product_id FROM answers;
           ^
sql/x/contexts.sql:1:1: this change of a running job does not keep its state: resets state: GroupAggregate: the key changes; and so on.
  If that is meant, approve this one change: `python -m console approve cda5d188dd0c`.
  Or add the line `-- allow_state_reset: true` at the top of the file. Then: the job starts without state."""
"""What the program says when a preview refuses two statements."""


def test_each_refused_statement_is_a_problem_of_its_own_with_its_verdict() -> None:
    progress = Progress()
    for name in ("second", "contexts", "summaries"):
        progress.declare(KIND, name, (), group=False)
    EventReader(progress=progress, clock=lambda: 0.0)(_diagnostic("error", REFUSED, urn=STACK))
    lines = REFUSED.splitlines()
    assert [(one.resource, one.message, one.verdict) for one in progress.errors] == [
        ("second", "\n".join(lines[:3]), ""),
        ("contexts", "\n".join(lines[3:]), "resets state: GroupAggregate: the key changes; and so on"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("the configuration is wrong:\nPulumi.dev.yaml:3: x\nsql/a.sql:1:1: y", id="no place at its beginning"),
        pytest.param("sql/a.sql:1:1: it is wrong\nand this goes on without an indent", id="lines without a place"),
    ],
)
def test_another_error_of_the_program_stays_as_it_is(text: str) -> None:
    progress = Progress()
    EventReader(progress=progress, clock=lambda: 0.0)(_diagnostic("error", text, urn=STACK))
    assert [one.message for one in progress.errors] == [text]
