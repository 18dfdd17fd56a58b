"""docs/promotion.md: its commands are commands of this program with these options, and its stack files can be read.

tests/embedded/test_promotion.py goes that way on two real stacks.
"""

import re
import shlex
from dataclasses import asdict
from typing import Any

import pytest
import yaml
from typer.main import get_command

from console.app import app
from settings import parse_settings
from tests.support.page import commands_of
from tests.support.project import NAMESPACE, REPOSITORY

PAGE = REPOSITORY / "docs" / "promotion.md"
CONSOLE = "python -m console "
COMMANDS = [one for one in commands_of(PAGE) if one.text.startswith(CONSOLE)]
GROUP: Any = get_command(app)


@pytest.mark.parametrize("command", [pytest.param(one.text, id=f"line {one.line}") for one in COMMANDS])
def test_its_commands_are_there_with_their_options(command: str) -> None:
    context = GROUP.make_context("console", shlex.split(command.removeprefix(CONSOLE)))
    name, found, rest = GROUP.resolve_command(context, [*context._protected_args, *context.args])  # where click keeps them
    assert found.make_context(name, list(rest), parent=context).params


def test_its_two_stacks_have_no_port_and_no_folder_in_common() -> None:
    files = re.findall(r"<<'END'\n(.*?)\nEND\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    given = [{key.removeprefix(NAMESPACE): str(value) for key, value in yaml.safe_load(one)["config"].items()} for one in files]
    dev, staging = map(parse_settings, given)
    assert (dev.promoted_from, staging.promoted_from) == ("", "laptop-dev")
    assert dev.data_folder != staging.data_folder
    # Nothing of these stacks listens on the other two.
    needed = {key: port for key, port in asdict(staging.ports).items() if key not in {"model_server", "metrics"}}
    assert not set(asdict(dev.ports).values()) & set(needed.values())
