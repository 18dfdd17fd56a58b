"""How many slots a bundle's jobs need, counted before anything runs: those that are to run, and no others."""

from pathlib import Path

import pytest

from components.endpoints import embedded_endpoints
from components.errors import SettingsError
from components.parameters import load_bundle
from components.pipeline import definitions
from components.settings import parse_settings

TABLES = {
    "source": "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')",
    "sink": "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')",
}
JOB = "INSERT INTO sink SELECT a FROM source"


def needed(folder: Path, *headers: str) -> str:
    """Return why a bundle with a job for each header finds no room in one slot; empty where it does."""
    settings = parse_settings({"flink.taskSlots": "1"})
    files = {**TABLES, **{f"job{number}": f"{header}\n{JOB}" for number, header in enumerate(headers)}}
    for name, text in files.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    try:
        definitions(settings, load_bundle(settings, embedded_endpoints(settings), folder), "local")
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
