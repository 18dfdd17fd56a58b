"""The tag of an image follows from its content, and from nothing else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from components.kubernetes.image import ImageSource, flink_image_source, model_gateway_image_source
from components.names import PROJECT_FOLDER
from options.flink_lines import flink_line

CONTENTS = {"docker/flink/Dockerfile": "FROM flink", "docker/flink/jars.lock": "a jar", "README.md": "about"}


@pytest.fixture
def source(tmp_path: Path) -> ImageSource:
    for name, text in CONTENTS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return replace(flink_image_source(flink_line("2.2")), root=tmp_path)


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        pytest.param("docker/flink/Dockerfile", True, id="Dockerfile"),
        pytest.param("docker/flink/jars.lock", True, id="jars"),
        pytest.param("docker/flink/new", True, id="new file"),
        pytest.param("README.md", False, id="one line elsewhere"),
        pytest.param("docker/flink/__pycache__/x.pyc", False, id="what Python leaves"),
    ],
)
def test_only_what_is_in_the_image_changes_its_tag(source: ImageSource, file: str, changes: bool) -> None:
    before = source.tag
    (source.root / file).parent.mkdir(parents=True, exist_ok=True)
    (source.root / file).write_text("changed", encoding="utf-8")
    assert (source.tag != before) is changes


def test_the_tag_is_the_same_in_another_folder(source: ImageSource, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "project"
    shutil.copytree(source.root, other)
    assert replace(source, root=other).tag == source.tag


def test_the_line_changes_the_tag(source: ImageSource) -> None:
    assert replace(flink_image_source(flink_line("2.1")), root=source.root).tag != source.tag


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(flink_image_source(flink_line("2.2")), id="flink"),
        pytest.param(model_gateway_image_source(), id="model gateway"),
    ],
)
def test_what_an_image_is_made_of_is_there(made: ImageSource) -> None:
    assert (PROJECT_FOLDER / made.dockerfile).is_file()
    assert all((PROJECT_FOLDER / content).exists() for content in made.contents)
