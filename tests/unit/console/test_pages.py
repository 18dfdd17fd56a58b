"""The links that a person is shown: with the token where a browser needs one, and only there."""

from pathlib import Path
from typing import Any

import pytest

from console.show.links import pages
from embedded.data_folder import DataFolder
from embedded.flink_ui import ensure_token, read_token


def _outputs(folder: Path, scheme: str = "https") -> dict[str, Any]:
    links = {"Flink": "http://127.0.0.1:19082/", "model gateway": "http://127.0.0.1:19434/health"}
    return {"dataFolder": str(folder), "jobManagerUrl": f"{scheme}://127.0.0.1:19081", "links": links}


def test_flinks_link_carries_the_token(tmp_path: Path) -> None:
    folder = DataFolder(root=tmp_path)
    ensure_token(folder)
    token = read_token(folder)
    assert len(token) >= 32
    assert pages(_outputs(tmp_path)) == {
        "Flink": f"http://127.0.0.1:19082/?token={token}",
        "model gateway": "http://127.0.0.1:19434/health",
    }


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param({"scheme": "http"}, id="plain ports"),
        pytest.param({}, id="no token yet"),
    ],
)
def test_a_link_without_a_token_stays_as_it_is(outputs: dict[str, Any], tmp_path: Path) -> None:
    if "scheme" in outputs:
        ensure_token(DataFolder(root=tmp_path))
    assert pages(_outputs(tmp_path, **outputs))["Flink"] == "http://127.0.0.1:19082/"


@pytest.mark.parametrize("outputs", [pytest.param({}, id="nothing is up"), pytest.param({"links": {}}, id="in a cluster")])
def test_there_may_be_no_links(outputs: dict[str, Any]) -> None:
    assert pages(outputs) == {}


def test_the_token_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = DataFolder(root=tmp_path)
    ensure_token(folder)
    token = read_token(folder)
    ensure_token(folder)
    assert read_token(folder) == token
    [file] = folder.secrets.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
