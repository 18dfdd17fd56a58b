"""The operator's chart: unpacked, packed or fetched; always the right one, and named the same on every machine."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
import requests
import yaml

from components.kubernetes import operator_chart as module
from components.kubernetes.operator_chart import CONTENT, content_digest
from components.names import PROJECT_FOLDER
from platforms.kubernetes.arguments import chart_of
from settings import Settings, SettingsError, parse_settings
from tests.support.kubernetes_stack import CRDS, write_chart


def settings(folder: Path, chart: Path | str = "") -> Settings:
    values = {"platform": "kubernetes", "kubernetes.context": "kind-kind", "data.folder": str(folder / "data")}
    return parse_settings({**values, **({"operator.chart": str(chart)} if chart else {})})


def packed(folder: Path, version: str = "1.15.0") -> Path:
    """Return an archive as Helm packs it."""
    chart = write_chart(folder / "flink-kubernetes-operator", version)
    archive = folder / "chart.tgz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(chart, arcname="flink-kubernetes-operator")
    return archive


@pytest.fixture
def release(tmp_path: Path) -> Iterator[mock.Mock]:
    """The pinned release's address, which answers with an archive."""
    reply = mock.Mock(content=packed(tmp_path).read_bytes())
    with mock.patch.object(requests, "get", return_value=reply) as get:
        yield get


def test_an_unpacked_chart_is_taken_where_it_is(tmp_path: Path) -> None:
    chart = chart_of(settings(tmp_path, write_chart(tmp_path / "chart")))
    assert chart.crds.keys() == {f"{plural}.flink.apache.org" for plural in CRDS}
    assert (chart.version, chart.location) == ("1.15.0", str(tmp_path / "chart"))


def test_an_archive_is_unpacked_once_below_the_data_folder(tmp_path: Path) -> None:
    chart = chart_of(settings(tmp_path, packed(tmp_path)))
    assert chart.folder.is_relative_to(tmp_path / "data" / "charts")
    assert chart_of(settings(tmp_path, packed(tmp_path / "again", "1.16.0"))).folder != chart.folder


@pytest.mark.parametrize(
    ("listed", "refused"),
    [
        pytest.param(("v2_1", "v2_2"), "the Flink operator 1.15.0 cannot run it", id="an operator that does not know it"),
        pytest.param(("v2_2", "v2_3"), "", id="a newer operator"),
        pytest.param((), "", id="a definition that lists none: the cluster tells"),
    ],
)
def test_a_line_that_the_operator_does_not_know_is_refused(tmp_path: Path, listed: tuple[str, ...], refused: str) -> None:
    chart = write_chart(tmp_path / "chart")
    file = chart / "crds" / "flinkdeployments.flink.apache.org-v1.yml"
    definition = yaml.safe_load(file.read_text(encoding="utf-8"))
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    schema["flinkVersion"] = {"type": "string", **({"enum": list(listed)} if listed else {})}
    file.write_text(yaml.safe_dump(definition), encoding="utf-8")
    wanted = parse_settings(
        {
            "platform": "kubernetes",
            "kubernetes.context": "kind-kind",
            "data.folder": str(tmp_path / "data"),
            "operator.chart": str(chart),
            "flink.line": "2.3",
        }
    )
    if not refused:
        assert chart_of(wanted).version == "1.15.0"
        return
    with pytest.raises(SettingsError) as caught:
        chart_of(wanted)
    assert refused in str(caught.value)
    assert "pulumi config set flink.line 2.2" in str(caught.value)


def test_a_chart_within_the_project_is_named_relative_to_it() -> None:
    folder = PROJECT_FOLDER / ".data" / "charts" / "x"
    assert module.OperatorChart(folder=folder, version="1", crds={}).location == "./.data/charts/x"


@pytest.mark.usefixtures("release")
def test_a_release_with_other_content_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"is not the one of version 1\.15\.0"):
        chart_of(settings(tmp_path))
    assert not (tmp_path / "data" / "charts" / "flink-kubernetes-operator-1.15.0").exists()


def test_the_release_is_fetched_once(tmp_path: Path, release: mock.Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONTENT", content_digest(tmp_path / "flink-kubernetes-operator"))
    first = chart_of(settings(tmp_path))
    assert chart_of(settings(tmp_path)) == first
    assert release.call_count == 1


def test_a_network_that_is_down_is_told_with_the_way_around(tmp_path: Path) -> None:
    failing = mock.patch.object(requests, "get", side_effect=requests.ConnectionError)
    with failing, pytest.raises(SettingsError, match=r"pulumi config set operator\.chart"):
        chart_of(settings(tmp_path))


def test_the_pinned_content_is_a_digest() -> None:
    assert len(bytes.fromhex(CONTENT)) == 32


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("missing", "has no Chart.yaml", id="nothing there"),
        pytest.param("empty", "has no Chart.yaml", id="empty folder"),
        pytest.param("broken.tgz", "cannot be unpacked", id="not an archive"),
    ],
)
def test_what_is_no_chart_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.tgz").write_bytes(b"no archive")
    with pytest.raises(SettingsError, match=message):
        chart_of(settings(tmp_path, tmp_path / name))


def test_another_chart_is_refused(tmp_path: Path) -> None:
    chart = write_chart(tmp_path / "chart")
    (chart / "Chart.yaml").write_text("name: kafka\nversion: 1.0.0\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"is the chart kafka 1\.0\.0"):
        chart_of(settings(tmp_path, chart))


def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    evil = tmp_path / "evil.tgz"
    (tmp_path / "outside").write_text("x", encoding="utf-8")
    with tarfile.open(evil, "w:gz") as file:
        file.add(tmp_path / "outside", arcname="../../../outside")
    with pytest.raises(SettingsError, match="cannot be unpacked"):
        chart_of(settings(tmp_path, evil))
