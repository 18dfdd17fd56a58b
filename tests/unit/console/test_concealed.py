"""What `status` shows of an error that quotes a secret."""

from dataclasses import replace
from pathlib import Path

import pytest

from console.health import concealed
from console.health.concealed import NOT_SHOWN, without_secrets
from console.health.report import JobHealth
from console.project import Project

PROJECT = Project(root=Path("/nowhere"), stack="local", data_folder=Path("/nowhere/.data"), values={}, secrets=frozenset({"secret.KEY"}))
WELL = JobHealth(statement="contexts", state="RUNNING", healthy=True)
ILL = JobHealth(statement="summaries", state="RESTARTING", healthy=False, last_error="IOException: wrong password 'sk-12'")


def test_secrets_are_taken_out_of_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concealed, "_values", lambda _project: {"KEY": "sk-12"})
    well, ill = without_secrets(PROJECT, [WELL, ILL])
    assert well == WELL
    assert ill == replace(ILL, last_error="IOException: wrong password '${secret:KEY}'")


def test_where_the_secrets_cannot_be_read_no_error_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concealed, "find", lambda _folder: None)
    [ill] = without_secrets(replace(PROJECT, data_folder=tmp_path), [ILL])
    assert ill.last_error == NOT_SHOWN


@pytest.mark.parametrize(
    ("secrets", "job"), [pytest.param(frozenset[str](), ILL, id="no secrets"), pytest.param(PROJECT.secrets, WELL, id="no errors")]
)
def test_nothing_is_asked_where_there_is_nothing_to_hide(monkeypatch: pytest.MonkeyPatch, secrets: frozenset[str], job: JobHealth) -> None:
    def never(_folder: Path) -> None:
        raise AssertionError

    monkeypatch.setattr(concealed, "find", never)
    assert without_secrets(replace(PROJECT, secrets=secrets), [job]) == (job,)
