from pathlib import Path

import pytest

from console.project import PROJECT, Project
from console.toolchain.backend_url import VARIABLE, backend_url


def project(root: Path, *, data_folder: Path | None = None) -> Project:
    return Project(root=root, stack="local", data_folder=data_folder or root / ".data", values={}, secrets=frozenset())


@pytest.mark.parametrize(
    ("project_file", "expected"),
    [
        pytest.param("backend:\n  url: file://./.state?create_dir=true\n", "file://{root}/.state", id="relative, made by Pulumi"),
        pytest.param("backend:\n  url: file://./else where\n", "file://{root}/else%20where", id="another folder of the project"),
        pytest.param("backend:\n  url: file:///mnt/state\n", "file:///mnt/state", id="absolute"),
        pytest.param("backend:\n  url: s3://bucket/path?region=x\n", "s3://bucket/path?region=x", id="not a folder"),
        pytest.param("name: flink-reviews\n", "file://{root}/.state", id="none named"),
        pytest.param("backend: [\n", "file://{root}/.state", id="not YAML"),
        pytest.param(None, "file://{root}/.state", id="no Pulumi.yaml"),
    ],
)
def test_the_state_is_where_a_plain_pulumi_has_it(project_file: str | None, expected: str, tmp_path: Path) -> None:
    root = tmp_path.resolve()
    if project_file is not None:
        (root / "Pulumi.yaml").write_text(project_file)
    assert backend_url(project(root), {}) == expected.format(root=root)


def test_another_data_folder_does_not_take_the_state_away_from_a_plain_pulumi(tmp_path: Path) -> None:
    """It did: `data.folder` set, and the console's stack was unknown to `pulumi`, which would have made all of it once more."""
    root = tmp_path.resolve()
    assert backend_url(project(root, data_folder=root / "data"), {}) == f"file://{root}/.state"


def test_a_stack_that_an_earlier_version_kept_in_another_data_folder_is_found_there(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    checkpoint = root / "data" / "state" / ".pulumi" / "stacks" / PROJECT / "local.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{}")
    assert backend_url(project(root, data_folder=root / "data"), {}) == f"file://{root}/data/state"


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    assert backend_url(project(tmp_path), {VARIABLE: "s3://bucket"}) == "s3://bucket"
