from pathlib import Path

import pytest

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.project import open_project
from settings import SettingsError


def _stack(folder: Path, text: str, name: str = "local") -> Path:
    (folder / f"Pulumi.{name}.yaml").write_text(text)
    return folder


def test_settings_are_read_with_their_texts_and_the_data_folder_is_absolute(tmp_path: Path) -> None:
    project = open_project(
        "local", _stack(tmp_path, "config:\n  flink-reviews:data.folder: d\n  flink-reviews:ports.kafka: 20000\n  other:x: 1\n")
    )
    assert project.values == {"data.folder": "d", "ports.kafka": "20000"}
    assert project.data_folder == (tmp_path / "d").resolve()
    assert project.settings().ports.kafka == 20000


@pytest.mark.parametrize(
    "text", [pytest.param("", id="empty"), pytest.param("encryptionsalt: v1:x\n", id="salt-only"), pytest.param("config:\n", id="no-keys")]
)
def test_a_stack_without_settings_has_the_defaults(tmp_path: Path, text: str) -> None:
    project = open_project("local", _stack(tmp_path, text))
    assert project.data_folder == (tmp_path / ".data").resolve()
    assert project.settings().bundle.name == ""


def test_a_secret_is_known_by_name_only(tmp_path: Path) -> None:
    project = open_project("local", _stack(tmp_path, "config:\n  flink-reviews:secret.TOKEN:\n    secure: v1:abc\n"))
    assert project.values == {"secret.TOKEN": "[secret]"}
    assert project.settings().secret_names == {"TOKEN"}


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    project = open_project("local", _stack(tmp_path, "config:\n  flink-reviews:ports.kafka: many\n  flink-reviews:flink.lines: '2.2'\n"))
    with pytest.raises(SettingsError) as caught:
        project.settings()
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("config: [\n", "not valid YAML", id="broken"),
        pytest.param("- a\n", "must hold keys", id="list"),
        pytest.param("\x00", "not valid YAML", id="binary"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConsoleError, match=rf"Pulumi\.local\.yaml.*{words}") as caught:
        open_project("local", _stack(tmp_path, text))
    assert caught.value.exit_code is ExitCode.USAGE
    assert "\n" not in str(caught.value)


def test_an_unknown_stack_names_the_known_ones(tmp_path: Path) -> None:
    _stack(tmp_path, "", "dev")
    _stack(tmp_path, "", "local")
    with pytest.raises(ConsoleError, match="no stack 'prod'") as caught:
        open_project("prod", tmp_path)
    assert "dev, local" in caught.value.advice
