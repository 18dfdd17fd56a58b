"""Two stacks on one machine: each has a data folder of its own."""

import json
from pathlib import Path

import pytest

from platforms.embedded.own_folder import require_own_folder
from settings import SettingsError, parse_settings


def state(folder: Path, stack: str, data_folder: Path) -> None:
    supervisor = {"type": "pulumi-python:dynamic/embedded:Supervisor", "outputs": {"data_folder": str(data_folder)}}
    resources = [{"type": "pulumi:pulumi:Stack"}, supervisor]
    (folder / f"{stack}.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}))


def test_a_stack_that_would_take_over_another_ones_processes_is_refused(tmp_path: Path) -> None:
    settings = parse_settings({"data.folder": str(tmp_path / "data")})
    state(tmp_path, "local", settings.embedded.data_folder)
    with pytest.raises(SettingsError, match="where stack local runs: select that one with `pulumi stack select local`"):
        require_own_folder(settings, "lokal", tmp_path)
    require_own_folder(settings, "local", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"version": 3, "checkpoint": {"latest": null}}', id="nothing deployed"),
        pytest.param('{"version": 3, "checkpoint": {"latest": {"resources": [{"type": null}]}}}', id="other resources"),
        pytest.param("[]", id="another form"),
        pytest.param("{", id="no JSON"),
    ],
)
def test_a_stack_that_runs_nothing_here_is_in_nobodys_way(tmp_path: Path, text: str) -> None:
    (tmp_path / "local.json").write_text(text)
    require_own_folder(parse_settings({"data.folder": str(tmp_path / "data")}), "lokal", tmp_path)


def test_a_stack_in_another_folder_is_in_nobodys_way(tmp_path: Path) -> None:
    state(tmp_path, "local", tmp_path / "elsewhere")
    require_own_folder(parse_settings({"data.folder": str(tmp_path / "data")}), "lokal", tmp_path)
