"""Pulumi.yaml and the table of settings say what is declared, and it is noticed when they do not."""

import shutil
from pathlib import Path

import pytest
import yaml

from settings.keys import KEYS
from settings.project import PROJECT_FOLDER
from settings.schema import main, outdated, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "reference").mkdir(parents=True)
    for name in ("Pulumi.yaml", "docs/reference/settings.md"):
        shutil.copy(PROJECT_FOLDER / name, tmp_path / name)
    return tmp_path


def test_what_is_committed_is_what_is_declared(capsys: pytest.CaptureFixture[str]) -> None:
    assert outdated() == []
    assert main([]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("Pulumi.yaml", 'default: "1Gi"', 'default: "2Gi"', id="another default"),
        pytest.param("Pulumi.yaml", '["kafka.memory"]', '["kafka.mem"]', id="another key"),
        pytest.param("docs/reference/settings.md", "memory of the broker", "memory", id="another meaning"),
    ],
)
def test_an_edit_by_hand_is_found_and_written_over(file: str, old: str, new: str, folder: Path) -> None:
    edited = folder / file
    edited.write_text(edited.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    [problem] = outdated(folder)
    assert problem == f"{file} differs from the declared settings: run `python -m settings.schema --write`"
    write(folder)
    assert outdated(folder) == []


def test_what_is_above_the_settings_in_the_project_file_is_kept(folder: Path) -> None:
    project = folder / "Pulumi.yaml"
    project.write_text(project.read_text(encoding="utf-8").replace("virtualenv: .venv", "virtualenv: other"), encoding="utf-8")
    write(folder)
    assert "virtualenv: other" in project.read_text(encoding="utf-8")


def test_a_key_with_a_dot_is_quoted_so_that_pulumi_reads_no_path() -> None:
    block = yaml.safe_load((PROJECT_FOLDER / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    assert list(block) == [f'["{name}"]' if "." in name else name for name in KEYS]
    assert all(entry.keys() == {"type", "default", "description"} and entry["description"] for entry in block.values())


def test_an_unknown_option_is_refused_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 2
    assert "usage" in capsys.readouterr().err
