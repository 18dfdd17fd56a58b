"""What is said of pipelines that ran on a real Flink and wrote nothing, from what was recorded of them."""

import json
import re
from pathlib import Path

import pytest

from flinksql.diagnosis import Diagnosis, Kind, Snapshot, Verdict, diagnose
from flinksql.statement import Definition
from tests.support.pipeline_runs import definition_of, recorded
from tests.support.silent_pipelines import NO_SLOT, QUIET, SILENT, Pipeline

RECORDED = json.loads((Path(__file__).parents[3] / "cases" / "diagnosis" / "recorded-2.2.json").read_text(encoding="utf-8"))
VALUES = {"run": "r", "kafka_bootstrap": "broker:9092", "model_url": "http://model"}


def named(pipelines: tuple[Pipeline, ...]) -> list[object]:
    return [pytest.param(one, id=one.name) for one in pipelines]


def diagnosed(pipeline: Pipeline, folder: Path) -> tuple[Definition, Snapshot, Diagnosis]:
    definition = definition_of(pipeline, folder, VALUES)
    snapshot = recorded(RECORDED[pipeline.name])
    return definition, snapshot, diagnose(definition, snapshot)


def test_every_pipeline_is_recorded() -> None:
    assert {one.name for one in (*SILENT, NO_SLOT, *QUIET)} == set(RECORDED)


@pytest.mark.parametrize("pipeline", named((*SILENT, NO_SLOT, *QUIET)))
def test_the_reason_comes_first(pipeline: Pipeline, tmp_path: Path) -> None:
    _, _, found = diagnosed(pipeline, tmp_path)
    assert found.kinds[0] == pipeline.expected, found


@pytest.mark.parametrize("pipeline", named(tuple(QUIET)))
def test_no_fault_is_invented(pipeline: Pipeline, tmp_path: Path) -> None:
    _, _, found = diagnosed(pipeline, tmp_path)
    assert not found.has_problem, found
    assert not [one for one in found.findings if one.verdict is Verdict.UNKNOWN]


@pytest.mark.parametrize("pipeline", named((*SILENT, *QUIET)))
def test_each_finding_names_its_place_in_the_sql(pipeline: Pipeline, tmp_path: Path) -> None:
    _, _, found = diagnosed(pipeline, tmp_path)
    for one in found.findings:
        file, _, place = one.place.partition(":")
        lines = (tmp_path / file).read_text(encoding="utf-8").splitlines()
        assert not place or int(place.split(":")[0]) <= len(lines), one.place
        assert not re.search(r"\[\d+\]|\bCalc\b|default_catalog", one.what), one.what


@pytest.mark.parametrize(
    ("name", "place", "text"),
    [
        pytest.param("filter", "totals.sql", "WHERE amount > 1000", id="condition"),
        pytest.param("no-match", "totals.sql", "JOIN accounts", id="join"),
        pytest.param("idle-partition", "payments.sql", "WATERMARK FOR", id="watermark"),
        pytest.param("from-the-end", "payments.sql", "'latest-offset'", id="startup mode"),
        pytest.param("committed", "payments.sql", "'r-committed-payments'", id="group"),
        pytest.param("skipped", "payments.sql", "'true'", id="option of the format"),
        pytest.param("hidden", "results.sql", "'exactly-once'", id="guarantee of the sink"),
        pytest.param("grows", "totals.sql", "HAVING COUNT", id="having"),
    ],
)
def test_the_place_is_that_of_the_words(name: str, place: str, text: str, tmp_path: Path) -> None:
    pipeline = next(one for one in SILENT if one.name == name)
    definition, _, found = diagnosed(pipeline, tmp_path)
    file, line, column = found.findings[0].place.split(":")
    assert file.endswith(place)
    texts = {one.file: one.text for one in (*definition.closure, definition.statement)}
    at = texts[file].splitlines()[int(line) - 1][int(column) - 1 :].replace("${run}", "r")
    assert at.startswith(text)


def test_the_idle_partition_is_named_with_what_the_others_have(tmp_path: Path) -> None:
    _, _, found = diagnosed(SILENT[0], tmp_path)
    first = found.findings[0]
    assert "partition r-idle-partition-payments-1 never had a record" in first.what
    assert "r-idle-partition-payments-0 is at 2026-01-01 10:00:57 UTC" in first.figures
    assert "scan.watermark.idle-timeout" in first.advice


def test_what_is_late_is_counted_and_measured(tmp_path: Path) -> None:
    _, _, found = diagnosed(next(one for one in SILENT if one.name == "late"), tmp_path)
    assert found.findings[0].what.startswith("At least 6 rows came after the window had closed")
    assert any("20 of 20 are 515 d 23 h behind event time (median)" in one for one in found.findings[0].figures)
    assert "in the future moved event time" in found.findings[0].advice


def test_a_diagnosis_is_plain_json(tmp_path: Path) -> None:
    _, _, found = diagnosed(SILENT[0], tmp_path)
    plain = json.loads(json.dumps(found.to_json()))
    assert plain["problem"] is True
    assert plain["findings"][0]["kind"] == Kind.IDLE_PARTITION
    assert set(plain["findings"][0]) == {"kind", "verdict", "what", "place", "figures", "advice"}


def test_the_documentation_says_what_the_program_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs" / "why.md").read_text(encoding="utf-8")
    for pipeline in (*SILENT, NO_SLOT, *QUIET):
        _, _, found = diagnosed(pipeline, tmp_path)
        assert f"| {pipeline.name} | {found.findings[0].what} | {found.findings[0].verdict} |" in page
