"""The state of Pulumi is lost, and its export is imported again, by the commands that docs/operations.md shows."""

import re
import shlex
import shutil

import pytest

from tests.kubernetes.figures import note
from tests.kubernetes.stack import KubernetesStack
from tests.support.plain import in_the_environment_of
from tests.support.project import REPOSITORY

pytestmark = [pytest.mark.timeout(1200)]

_STACK_COMMAND = re.compile(r"`pulumi (stack [^`]+)`")


def _shown(beginning: str) -> list[str]:
    """Return the first command of Pulumi's in the line of the document that begins like this."""
    document = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    line = next(one for one in document.splitlines() if one.startswith(beginning))
    return shlex.split(_STACK_COMMAND.findall(line)[0])


def _typed(stack: KubernetesStack, command: list[str]) -> None:
    finished = in_the_environment_of(stack.copy, *command)
    assert finished.code == 0, f"pulumi {' '.join(command)}: {finished.said}"


def test_a_stack_whose_state_is_lost_goes_on_with_its_export(deployed: KubernetesStack) -> None:
    jobs = deployed.running()
    _typed(deployed, _shown("`pulumi stack export"))
    shutil.move(deployed.copy.state, deployed.copy.folder / "state-before-the-import")
    _typed(deployed, _shown("| the state of Pulumi |"))
    run = deployed.up()
    note("state of Pulumi lost, its export imported", seconds=run.end["seconds"], changed=run.changed)
    assert run.changed == {}
    assert deployed.running() == jobs
