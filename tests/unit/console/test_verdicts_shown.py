"""The state verdict of a statement on its way from the provider's words to the rows of a run."""

import pytest
from pulumi.automation import EngineEvent

from console.driver.events import EventReader
from console.driver.progress import Progress
from console.show.run_json import resource_event

KIND = "pulumi-python:dynamic/flinksql:Statement"


def said(message: str) -> tuple[Progress, list[str]]:
    """Return what a run makes of a remark, with the statement and the table `copy` in it."""
    progress = Progress()
    notes: list[str] = []
    progress.declare(KIND, "copy", (), group=False)
    progress.declare("pulumi-python:dynamic/kafka:Topic", "copy", (), group=False)
    event = {"severity": "info", "message": f"{message}\n", "urn": "", "color": "never"}
    EventReader(progress=progress, clock=lambda: 0.0, noted=notes.append)(
        EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": event})
    )
    return progress, notes


@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param("keeps state", id="keeps"),
        pytest.param("resets state: GroupAggregate: the key changes from [a] to [b]. The job starts without state.", id="resets"),
        pytest.param("unknown (Flink did not answer). `up` finds out before it touches the job.", id="nobody answered"),
    ],
)
def test_a_verdict_is_a_remark_and_a_field_of_its_statement_alone(verdict: str) -> None:
    progress, notes = said(f"Statement copy: {verdict}")
    statement, topic = progress.shown()
    assert (resource_event(statement, 0.0)["verdict"], resource_event(topic, 0.0)["verdict"]) == (verdict, None)
    assert notes == [f"Statement copy: {verdict}"]


def test_another_remark_on_a_statement_is_no_verdict() -> None:
    progress, _ = said("Statement copy goes on from file:/savepoints/1.")
    assert [row.verdict for row in progress.shown()] == ["", ""]
