"""What `renamed_from` cannot mean."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import read_bundle

TABLES = {
    "source.sql": "CREATE TABLE source (a STRING) WITH ('connector' = 'datagen')",
    "sink.sql": "CREATE TABLE sink (a STRING) WITH ('connector' = 'blackhole')",
}
JOB = "INSERT INTO sink SELECT a FROM source"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {**TABLES, **files}.items():
        (folder / name).write_text(text)
    return folder


def test_a_job_is_renamed(tmp_path: Path) -> None:
    bundle = read_bundle(write(tmp_path, {"new.sql": f"-- renamed_from: old\n{JOB}"}), {}, tmp_path)
    assert bundle.header("new").policy.renamed_from == "old"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"sink.sql": f"-- renamed_from: old\n{TABLES['sink.sql']}"}, "creates a catalog object: remove the line", id="a table"
        ),
        pytest.param(
            {"new.sql": f"-- kind: bounded\n-- renamed_from: old\n{JOB}"}, "new.sql:2:1: a bounded job has no state", id="a bounded job"
        ),
        pytest.param({"new.sql": f"-- renamed_from: new\n{JOB}"}, "new.sql:1:1: `renamed_from` is the name that the file had", id="itself"),
        pytest.param(
            {"new.sql": f"-- mine\n-- renamed_from: old\n{JOB}", "old.sql": JOB},
            "new.sql:2:1: there is a file for old as well",
            id="the old file is still there",
        ),
        pytest.param(
            {"a.sql": f"-- renamed_from: old\n{JOB}", "b.sql": f"-- renamed_from: old\n{JOB}"},
            "b.sql:1:1: a was renamed from old too",
            id="two of one",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(files: dict[str, str], expected: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        read_bundle(write(tmp_path, files), {}, tmp_path)
    assert expected in str(caught.value)
