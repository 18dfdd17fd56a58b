"""`new` and `adopt-script` as somebody types them: what is written, and what is not."""

from pathlib import Path

import pytest

from components.parameters import load_bundle
from console.app import main
from platforms.registry import endpoints_of
from settings import parse_settings
from tests.support.project import REPOSITORY

SCRIPT = REPOSITORY / "tests" / "cases" / "scripts" / "city_bikes.sql"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["console", *arguments])
    return main()


def test_a_new_bundle_has_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "new", "shop", "--into", str(tmp_path)) == 0
    settings = parse_settings({"bundle": str(tmp_path / "shop")})
    bundle = load_bundle(settings, endpoints_of(settings))
    assert [one.name for one in bundle.jobs()] == ["count_events"]
    assert "NAME" not in "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "shop").rglob("*.*"))
    assert "python -m console demo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["new", "there"], "is there already, and nothing is overwritten", id="a folder that is there"),
        pytest.param(["new", "a-b"], "'a-b' is no name for a bundle", id="a name that is none"),
        pytest.param(["adopt-script", str(SCRIPT), "--name", "there"], "is there already, and nothing is overwritten", id="adopted twice"),
        pytest.param(["adopt-script", "nope.sql"], "nope.sql cannot be read: No such file or directory", id="no script"),
        pytest.param(["adopt-script", "latin.sql"], "latin.sql:2:4: this byte is no UTF-8", id="another encoding"),
        pytest.param(["adopt-script", "open.sql"], "open.sql:1:8: this text does not end", id="a script that cannot be read"),
    ],
)
def test_what_is_refused_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "latin.sql").write_bytes(b"-- a\n-- \xe4\n")
    (tmp_path / "open.sql").write_text("SELECT 'a", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments, "--into", str(tmp_path)) != 0
    assert told in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_an_adopted_script_leaves_its_table_beside_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "adopt-script", str(SCRIPT), "--into", str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "11 file, 2 option, 11 not needed, 6 left out" in out
    assert "pulumi config set --secret secret.stations_sasl_jaas_config" in out
    report = (tmp_path / "city_bikes" / "ADOPTED.md").read_text(encoding="utf-8")
    assert report.count("\n| city_bikes.sql:") == 30
    assert "hunter2" not in out + report


def test_a_jar_of_a_script_is_for_a_person_to_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = SCRIPT.with_name("lake_totals.sql")
    assert run(monkeypatch, "adopt-script", str(script), "--into", str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert f"copy /opt/flink/usrlib/text.jar to {tmp_path / 'lake_totals' / 'jars' / 'text.jar'}" in out
    assert "pulumi config set --secret secret.catalog_lake_s3_secret_key" in out
    assert not list(tmp_path.rglob("*.jar"))
    assert "hunter2" not in out + "".join(file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.*") if file.is_file())
