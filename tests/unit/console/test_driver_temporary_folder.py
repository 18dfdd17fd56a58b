"""Where the engine's plugins may leave what they need for a moment."""

from pathlib import Path

from console.driver.temporary_folder import temporary_folder
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
