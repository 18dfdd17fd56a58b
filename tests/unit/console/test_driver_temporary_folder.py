"""Where the engine's plugins may leave what they need for a moment."""

import os
from pathlib import Path

import pytest

from console.driver.temporary_folder import remove_abandoned, temporary_folder
from console.project import Project


def _project(tmp_path: Path, platform: str) -> Project:
    return Project(root=tmp_path, stack="dev", data_folder=tmp_path, values={"platform": platform}, secrets=frozenset())


def test_what_a_plugin_leaves_in_the_temporary_folder_goes_with_the_run(tmp_path: Path) -> None:
    with temporary_folder(_project(tmp_path, "kubernetes")) as variables:
        left = Path(variables["TMPDIR"]) / "kubeconfig123"
        left.write_text("credentials")
        assert left.parent.stat().st_mode & 0o077 == 0
    assert not left.parent.exists()


def test_it_goes_with_a_run_that_fails(tmp_path: Path) -> None:
    context = temporary_folder(_project(tmp_path, "kubernetes"))
    folder = Path(context.__enter__()["TMPDIR"])
    context.__exit__(RuntimeError, RuntimeError(), None)
    assert not folder.exists()


def test_services_that_outlive_a_run_keep_their_environment(tmp_path: Path) -> None:
    with temporary_folder(_project(tmp_path, "embedded")) as variables:
        assert variables == {}


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        pytest.param(f"flink-reviews-run-{2**22 + 1}-ab12", True, id="of a killed run"),
        pytest.param(f"flink-reviews-run-{os.getpid()}-ab12", False, id="of a run under way"),
        pytest.param("flink-reviews-0-forward-1.lock", False, id="something else"),
    ],
)
def test_what_a_killed_run_left_behind_goes_with_the_next(tmp_path: Path, name: str, *, goes: bool) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "kubeconfig1").write_text("credentials")
    assert remove_abandoned(tmp_path) == ([folder] if goes else [])
    assert folder.exists() is not goes


def test_a_link_to_elsewhere_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"flink-reviews-run-{2**22 + 1}-ab12").symlink_to(elsewhere)
    assert remove_abandoned(tmp_path) == []
