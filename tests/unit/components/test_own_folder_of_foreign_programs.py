"""The program of another project keeps its approvals and histories beside its own Pulumi.yaml."""

from pathlib import Path

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from components.names import PROJECT
from components.providers.approvals import gate_of, own_settings
from components.providers.recording import recorder_of
from settings import parse_settings


def request(project: str, **config: str) -> ConfigureRequest:
    return ConfigureRequest(config=Config({f"{project}:{key.replace('__', '.')}": value for key, value in config.items()}, project))


def test_it_is_a_folder_of_the_program_and_not_of_this_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = request("orders", approve="c1f2e3d4c5b6", data__folder="/elsewhere")
    assert recorder_of(asked).data_folder == tmp_path / ".flinksql"
    gate = gate_of(asked, previews=False)
    assert (gate.data_folder, gate.configured) == (tmp_path / ".flinksql", {"c1f2e3d4c5b6"})


def test_keys_that_mean_other_things_there_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = own_settings(request("orders", approve="c1f2e3d4c5b6", platform="mainframe", model__kind="a car"))
    assert settings.approve == parse_settings({"approve": "c1f2e3d4c5b6"}).approve


def test_this_projects_own_program_has_the_data_folder_of_its_settings(tmp_path: Path) -> None:
    assert recorder_of(request(PROJECT, data__folder=str(tmp_path))).data_folder == tmp_path
