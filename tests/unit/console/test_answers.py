"""`console answers`: what it shows, and what it refuses."""

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console

from console.commands.answers import answers
from console.errors import ConsoleError
from console.project import Project
from console.screen import Screen
from modelgateway.answers.record import Record
from modelgateway.answers.store import Store
from modelgateway.completion import Answer
from modelgateway.settings import LedgerSettings
from modelgateway.usage import Usage
from platforms.errors import PlatformError


class OneProject:
    """A session whose project lies where the test wants it."""

    def __init__(self, root: Path, values: dict[str, str]) -> None:
        self.screen = Screen(out=Console(width=200), err=Console(stderr=True, width=200), live=False)
        self._project = Project(root=root, stack="local", data_folder=root / ".data", values=values, secrets=frozenset())

    def project(self) -> Project:
        return self._project


def call(root: Path, values: dict[str, str] | None = None, **options: object) -> None:
    context = typer.Context(typer.main.get_command(_app()), obj=OneProject(root, values or {}))
    told: dict[str, object] = {"newest_count": 0, "copy_to": "", "forget_them": False, "model": "", "prompt": "", "rejected": False}
    answers(context, **{**told, "everything": False, "json": False, **options})  # type: ignore[arg-type]  # options by name


def _app() -> typer.Typer:
    app = typer.Typer()
    app.command()(answers)
    return app


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = Store(LedgerSettings(file=tmp_path / ".data" / "answers" / "ledger.sqlite"))
    usage = Usage(prompt=100, completion=50, calls=1)
    store.keep(Record(key=b"k", outcome=Answer(content="[bold]x[/]", model="m", usage=usage), usage=usage, model="m", prompt="abc"))
    store.close()
    return tmp_path


def test_it_shows_groups_and_the_newest_as_they_are(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(root, newest_count=1)
    shown = capsys.readouterr().out
    assert "abc" in shown
    assert "[bold]x[/]" in shown


def test_json_is_all_that_a_script_gets(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(root, json=True, newest_count=5, forget_them=True, model="other")
    captured = capsys.readouterr()
    assert json.loads(captured.out)["newest"][0]["text"] == "[bold]x[/]"
    assert "0 answers are forgotten" in captured.err


@pytest.mark.parametrize(
    ("values", "options", "told"),
    [
        pytest.param({}, {"forget_them": True}, "--forget needs to know which", id="forget without which"),
        pytest.param({"platform": "kubernetes", "kubernetes.context": "kind-kind"}, {}, "a volume in the cluster", id="in a cluster"),
        pytest.param({"data.folder": "elsewhere"}, {}, "there is no ledger", id="none yet"),
        pytest.param({}, {"copy_to": __file__}, "exists already", id="a copy over a file"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(root: Path, values: dict[str, str], options: dict[str, object], told: str) -> None:
    with pytest.raises((ConsoleError, PlatformError), match=told):
        call(root, values, **options)
