"""What a provider makes of the command line of the engine above it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil
import pytest

from components.providers.engine import Doing, doing, doing_of


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("up --yes --skip-preview --client=127.0.0.1:1 --exec-kind auto.inline", Doing.UPDATING, id="the console's up"),
        pytest.param("destroy --skip-preview --yes --continue-on-error", Doing.DESTROYING, id="the console's down"),
        pytest.param("preview --client=127.0.0.1:1", Doing.UNKNOWN, id="the console's preview"),
        pytest.param("refresh --yes --skip-preview", Doing.UNKNOWN, id="refresh"),
        pytest.param("up", None, id="an up that previews first"),
        pytest.param("update --yes", None, id="its other name"),
        pytest.param("up -f -s local", Doing.UPDATING, id="without preview"),
        pytest.param("up --skip-preview --preview-only", Doing.UNKNOWN, id="preview only"),
        pytest.param("--color never -C up/here up -f", Doing.UPDATING, id="options before the command"),
        pytest.param("--cwd=destroy up -f", Doing.UPDATING, id="a folder named like a command"),
        pytest.param("down --yes", Doing.DESTROYING, id="destroy's other name"),
        pytest.param("destroy -t urn:pulumi:x", Doing.UNKNOWN, id="one target goes"),
        pytest.param("destroy --target=urn:pulumi:x", Doing.UNKNOWN, id="one target goes, in one word"),
        pytest.param("destroy --target-dependents --target x", Doing.UNKNOWN, id="a target and what needs it"),
        pytest.param("destroy --exclude x", Doing.UNKNOWN, id="all but one go"),
        pytest.param("destroy --exclude-protected", Doing.UNKNOWN, id="all but the protected go"),
        pytest.param("stack rm destroy", Doing.UNKNOWN, id="another command"),
        pytest.param("--option-of-tomorrow destroy up", Doing.DESTROYING, id="an option that is not known, taken for one without value"),
        pytest.param("", Doing.UNKNOWN, id="nothing"),
    ],
)
def test_the_command_line_says_what_a_run_is_for(words: str, expected: Doing | None) -> None:
    assert doing_of(words.split()) is expected


@dataclass(frozen=True, kw_only=True)
class Process:
    """As much of a process as is looked at."""

    program: str
    words: Sequence[str] = ()
    above: Sequence["Process"] = ()
    below: Sequence["Process"] = field(default_factory=list)

    def name(self) -> str:
        return self.program

    def cmdline(self) -> list[str]:
        if not self.words:
            raise psutil.AccessDenied
        return [self.program, *self.words]

    def parents(self) -> list["Process"]:
        return list(self.above)

    def children(self, *, recursive: bool) -> list["Process"]:
        assert recursive
        return list(self.below)


PROGRAM = ["pulumi-language-python-exec", "--monitor", "127.0.0.1:1", "--dry_run"]


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        pytest.param([], Doing.UNKNOWN, id="nobody"),
        pytest.param([Process(program="sh"), Process(program="pulumi", words=["up", "-f"])], Doing.UPDATING, id="behind a shell"),
        pytest.param(
            [Process(program="pulumi", words=["up"], below=[Process(program="python", words=[*PROGRAM, "false", "."])])],
            Doing.UPDATING,
            id="a program that runs for real",
        ),
        pytest.param(
            [Process(program="pulumi", words=["up"], below=[Process(program="sh"), Process(program="python", words=[*PROGRAM, "true"])])],
            Doing.UNKNOWN,
            id="a program that runs for a preview",
        ),
        pytest.param([Process(program="pulumi", words=["up"])], Doing.UNKNOWN, id="no program to be seen"),
        pytest.param([Process(program="pulumi")], Doing.UNKNOWN, id="a command line that may not be read"),
        pytest.param(
            [Process(program="pulumi", words=["destroy", "-y"]), Process(program="pulumi", words=["up", "-f"])],
            Doing.DESTROYING,
            id="pulumi in pulumi: the nearest counts",
        ),
    ],
)
def test_the_nearest_cli_above_says_it(above: list[Process], expected: Doing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.Process", lambda: Process(program="python", above=above))
    assert doing() is expected
