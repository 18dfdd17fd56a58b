"""What the jars' resource refuses before anything is touched."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.providers.artifacts import ArtifactsProvider, artifacts_inputs
from components.providers.properties import Properties
from embedded.settings import EmbeddedSettings
from options.flink_lines import FLINK_LINES
from options.infrastructure import FlinkOptions, MetricsOptions


def inputs(line: str) -> Properties:
    return artifacts_inputs(EmbeddedSettings(data_folder=Path("/data"), flink=FlinkOptions(line=line)))


def test_an_older_line_is_refused_while_the_stack_is_up() -> None:
    [failure] = ArtifactsProvider().check(inputs("2.2"), inputs("2.1")).failures
    assert "flink.line is 2.1 and this stack runs on 2.2" in failure.reason
    assert "`python -m console down`" in failure.reason


@pytest.mark.parametrize(
    ("olds", "line"),
    [
        pytest.param(inputs("2.1"), "2.2", id="a newer line"),
        pytest.param(inputs("2.1"), "2.1", id="the same line"),
        pytest.param({}, "2.1", id="a new stack"),
    ],
)
def test_any_other_line_is_fine(olds: Properties, line: str) -> None:
    assert ArtifactsProvider().check(olds, inputs(line)).failures == []


@pytest.mark.parametrize("line", FLINK_LINES)
def test_the_reporter_is_fetched_for_a_stack_with_metrics_only(line: str) -> None:
    plain = EmbeddedSettings(data_folder=Path("/data"), flink=FlinkOptions(line=line))
    more = artifacts_inputs(replace(plain, metrics=MetricsOptions(enabled=True)))
    assert inputs(line)["jars"] == ""
    assert more["jars"].startswith("jars org.apache.flink:flink-metrics-prometheus:")
    assert more["digest"] != inputs(line)["digest"]
