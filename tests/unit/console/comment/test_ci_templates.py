"""The templates for CI: every command in them exists with these options, and what they find again is what is written."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from console.app import app
from console.comment.render import marker
from tests.support.project import REPOSITORY

FOLDER = REPOSITORY / "docs" / "ci"
FILES = sorted(FOLDER.rglob("*.yml"))
GITHUB = [file for file in FILES if file.parent.name == "github"]
CALL = re.compile(r"python -m console (?P<arguments>[^\n|;#`]*)")
NAMED = [pytest.param(file, id=f"{file.parent.name}/{file.name}") for file in FILES]


def commands(file: Path) -> Iterator[list[str]]:
    text = file.read_text(encoding="utf-8")
    for found in CALL.finditer(re.sub(r"(?m)^\s*#.*$", "", text) if file.suffix == ".yml" else text):
        words = shlex.split(found["arguments"].split(">")[0].split("2>")[0].split("||")[0].strip().removesuffix("2"))
        yield words


@pytest.mark.parametrize("file", [*NAMED, pytest.param(FOLDER / "README.md", id="README")])
def test_every_command_exists_with_these_options(file: Path) -> None:
    group: Any = get_command(app)
    calls = [words for words in commands(file) if words]
    assert calls
    for words in calls:
        assert words[0] == "--stack"
        command = group.load(words[2])
        # Raises for an option that the command does not have, and for an argument too many or too few.
        command.make_context(words[2], words[3:], resilient_parsing=False)


@pytest.mark.parametrize("file", NAMED)
def test_the_comment_that_is_looked_for_is_the_one_that_is_written(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for found in re.findall(r"<!-- .*? -->", text):
        assert found.replace("$STACK", "dev") == marker("dev")


@pytest.mark.parametrize("file", [one for one in NAMED if str(one.id).startswith("github")])
def test_no_value_of_a_pull_request_is_written_into_a_script(file: Path) -> None:
    for job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")], "a branch's name would be run as shell"


def test_actions_are_those_of_the_projects_own_workflows() -> None:
    own = "".join(file.read_text(encoding="utf-8") for file in (REPOSITORY / ".github" / "workflows").glob("*.yml"))
    used = {line.strip() for file in GITHUB for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line}
    assert used
    assert all(one.removeprefix("- ") in own for one in used)


@pytest.mark.parametrize("file", NAMED)
def test_a_template_is_yaml_without_a_key_twice(file: Path) -> None:
    class Strict(yaml.SafeLoader):
        pass

    def mapping(loader: Strict, node: yaml.MappingNode) -> dict[Any, Any]:
        keys = [loader.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return {loader.construct_object(key): loader.construct_object(value, deep=True) for key, value in node.value}

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    assert yaml.load(file.read_text(encoding="utf-8"), Loader=Strict)  # noqa: S506  # a loader that is safe
