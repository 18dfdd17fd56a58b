"""What a bundle's jobs are called in Flink, and how many slots they need, counted before anything runs."""

from pathlib import Path

import pytest

from components.endpoints import embedded_endpoints
from components.parameters import load_bundle
from components.pipeline import identities
from platforms.pipeline import definitions
from platforms.registry import endpoints_of
from settings import SettingsError, parse_settings

TABLES = {
    "source": "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')",
    "sink": "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')",
}
JOB = "INSERT INTO sink SELECT a FROM source"


def needed(folder: Path, *headers: str, **platform: str) -> str:
    """Return why a bundle with a job for each header finds no room in one slot; empty where it does."""
    settings = parse_settings({"flink.taskSlots": "1", **platform})
    files = {**TABLES, **{f"job{number}": f"{header}\n{JOB}" for number, header in enumerate(headers)}}
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    try:
        definitions(settings, load_bundle(settings, endpoints_of(settings), folder), "local")
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("headers", "listing"),
    [
        pytest.param(["--"], "", id="one"),
        pytest.param(["--", "--"], "need 2 (job0 1, job1 1)", id="two"),
        pytest.param(["--", "-- running: false"], "", id="a paused one takes none"),
        pytest.param(["-- running: false", "-- running: false"], "", id="all are paused"),
        pytest.param(["-- parallelism: 3"], "need 3 (job0 3)", id="one of three"),
        pytest.param(["-- kind: bounded", "--"], "need 2 (job0 1, job1 1)", id="a bounded one takes its own"),
    ],
)
def test_only_jobs_that_are_to_run_take_slots(tmp_path: Path, headers: list[str], listing: str) -> None:
    said = needed(tmp_path, *headers)
    assert listing in said
    assert bool(said) is bool(listing)


def test_in_a_cluster_a_task_manager_comes_for_each_job_that_finds_no_slot(tmp_path: Path) -> None:
    on_kubernetes = {"platform": "kubernetes", "kubernetes.context": "kind-kind"}
    assert needed(tmp_path, "--", "-- parallelism: 3", **on_kubernetes) == ""


def test_a_renamed_job_is_known_by_its_name_of_before(tmp_path: Path) -> None:
    """By it a new statement is compared with the jobs that have no file: the job of a renamed file has one."""
    settings = parse_settings({})
    for name, text in {**TABLES, "now": f"-- renamed_from: before\n{JOB}", "other": JOB}.items():
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    made = definitions(settings, load_bundle(settings, embedded_endpoints(settings), tmp_path), "local")
    assert identities(made.values()) == ["before", "other"]
