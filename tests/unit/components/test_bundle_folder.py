"""Where a bundle lies: by name below sql/, by path, or the default one."""

from pathlib import Path

import pytest

from components.bundle_folder import bundle_folder, bundles
from components.endpoints import embedded_endpoints
from components.parameters import ignored_parameters, load_bundle
from flinksql.errors import BundleError
from flinksql.sql import shown_path
from settings import parse_settings
from settings.errors import SettingsError
from tests.support.project import REPOSITORY

VIEW = "CREATE VIEW v AS SELECT 1 AS a"


def project(tmp_path: Path, **manifests: str) -> Path:
    root = tmp_path / "project"
    for name, manifest in manifests.items():
        folder = root / "sql" / name
        folder.mkdir(parents=True)
        (folder / "v.sql").write_text(VIEW, encoding="utf-8")
        (folder / "bundle.yaml").write_text(manifest, encoding="utf-8")
    (root / "orders").mkdir(parents=True)
    (tmp_path / "team" / "orders").mkdir(parents=True)
    return root


@pytest.mark.parametrize(
    ("bundle", "below"),
    [
        pytest.param("fraud", "project/sql/fraud", id="a name below sql"),
        pytest.param("../team/orders", "team/orders", id="a path from the project's folder"),
        pytest.param("./orders", "project/orders", id="a path in it"),
        pytest.param("{root}/team/orders", "team/orders", id="an absolute path"),
        pytest.param("", "project/sql/main", id="none: the default one"),
    ],
)
def test_a_bundle_is_found(tmp_path: Path, bundle: str, below: str) -> None:
    root = project(tmp_path, fraud="{}", main="default: true")
    assert bundle_folder(bundle.format(root=tmp_path), root) == tmp_path / below


@pytest.mark.parametrize(
    ("bundle", "told"),
    [
        pytest.param("fraudd", "there is no folder sql/fraudd. Did you mean fraud? Bundles below sql/: fraud, main", id="misspelt"),
        pytest.param("orders", "For the folder of the project write ./orders", id="a folder of the project"),
        pytest.param("../team/order", "there is no folder {root}/team/order. Bundles below sql/: fraud, main", id="no such path"),
    ],
)
def test_a_bundle_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, bundle: str, told: str) -> None:
    root = project(tmp_path, fraud="{}", main="default: true")
    with pytest.raises(SettingsError) as caught:
        bundle_folder(bundle, root)
    assert told.format(root=tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("manifests", "told"),
    [
        pytest.param({"a": "{}", "b": "{}"}, "no bundle is the default one", id="none"),
        pytest.param({"a": "default: true", "b": "default: true"}, "a and b say `default: true`", id="two"),
    ],
)
def test_without_one_default_a_stack_must_name_its_bundle(tmp_path: Path, manifests: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        bundle_folder("", project(tmp_path, **manifests))


def test_the_only_bundle_is_the_default_one(tmp_path: Path) -> None:
    assert bundle_folder("", project(tmp_path, only="{}")).name == "only"


def test_the_shipped_bundles_are_those_with_a_manifest() -> None:
    assert [one.name for one in bundles()] == ["article", "orders", "reviews"]
    assert bundle_folder("").name == "reviews"


def test_a_folder_of_sql_alone_is_a_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "v.sql").write_text(VIEW, encoding="utf-8")
    settings = parse_settings({"bundle": str(folder)})
    bundle = load_bundle(settings, embedded_endpoints(settings))
    assert (bundle.name, [one.name for one in bundle.statements]) == ("orders", ["v"])


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    settings = parse_settings({"bundle": str(tmp_path)})
    with pytest.raises(BundleError, match=r"holds no \.sql file"):
        load_bundle(settings, embedded_endpoints(settings))


def test_a_message_names_a_file_far_away_by_its_whole_path(tmp_path: Path) -> None:
    file = tmp_path.resolve() / "team" / "v.sql"
    far, near = tmp_path.joinpath("a", "b", "c", "d", "project"), tmp_path / "project"
    assert shown_path(file, far) == file.as_posix()
    assert shown_path(file, near) == "../team/v.sql"


@pytest.mark.parametrize(
    "bundle", [pytest.param("article", id="another bundle of the project"), pytest.param("{folder}", id="by its path")]
)
def test_a_parameter_of_another_bundle_of_the_project_counts_for_nothing(tmp_path: Path, bundle: str) -> None:
    (tmp_path / "v.sql").write_text(VIEW, encoding="utf-8")
    settings = parse_settings({"bundle": bundle.format(folder=tmp_path), "bundle.parameters.window_seconds": "10"})
    read = load_bundle(settings, embedded_endpoints(settings))
    assert "window_seconds" not in read.values
    [remark] = ignored_parameters(settings, read)
    assert remark.startswith(f"bundle.parameters.window_seconds is of bundle reviews and counts for nothing in bundle {read.name}")


def test_a_parameter_that_no_bundle_has_is_refused_in_every_bundle(tmp_path: Path) -> None:
    (tmp_path / "v.sql").write_text(VIEW, encoding="utf-8")
    settings = parse_settings({"bundle": str(tmp_path), "bundle.parameters.window_secs": "10"})
    with pytest.raises(SettingsError, match="has no parameter window_secs"):
        load_bundle(settings, embedded_endpoints(settings))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(
            {"bundle.parameters.window_second": "1"}, "bundle.parameters.window_second: bundle reviews has no parameter", id="unknown"
        ),
        pytest.param({"bundle.parameters.window_seconds": "0"}, "it is '0' and must be a whole number from 1 to 86400", id="out of bounds"),
        pytest.param({"bundle.windowSeconds": "soon"}, "bundle.parameters.window_seconds: it is 'soon'", id="under its former key"),
        pytest.param({"bundle.parameters.heartbeat_keys": "a"}, "it cannot be set", id="computed"),
    ],
)
def test_a_value_that_the_bundle_does_not_take_is_told_by_its_key(given: dict[str, str], told: str) -> None:
    settings = parse_settings(given)
    with pytest.raises(SettingsError) as caught:
        load_bundle(settings, embedded_endpoints(settings))
    assert told in str(caught.value)


TABLE = (
    "CREATE TABLE t (a STRING) WITH ('connector' = 'kafka', 'topic' = '${topic_prefix}in', 'format' = 'raw', "
    "'properties.group.id' = 'g', 'scan.startup.mode' = 'earliest-offset')"
)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        pytest.param("parameters: {model_name: {default: x}}", "1:14: parameters.model_name: every bundle gets a value", id="a taken name"),
        pytest.param(
            "samples: [{table: tt, file: f}]", "1:12: samples.0.table: the bundle has no table tt. Did you mean t?", id="no table"
        ),
        pytest.param("show: {topic: inn}", "1:8: show.topic: no table of the bundle lies on topic inn. Did you mean in?", id="no topic"),
        pytest.param("samples: [{table: t, file: f}]", "1:22: samples.0.file: there is no file f", id="no file"),
        pytest.param("public: [out]", "1:10: public.out: no table of the bundle lies on this topic", id="nothing that is public"),
        pytest.param(
            "topics: {inn: {}}", "1:10: topics.inn: no table of the bundle lies on this topic. Did you mean in?", id="no such topic"
        ),
        pytest.param(
            "parameters: {k: {value: \"partition_keys('out', 'x')\"}}",
            "no table of the bundle lies on topic out",
            id="keys of none",
        ),
        pytest.param(
            "topics: {in: {owned: false}}\nparameters: {k: {value: \"partition_keys('in', 'x')\"}}",
            "topic in is external: write how many `partitions` it has",
            id="keys of an external topic",
        ),
    ],
)
def test_what_a_manifest_names_must_be_there(tmp_path: Path, manifest: str, told: str) -> None:
    (tmp_path / "t.sql").write_text(TABLE, encoding="utf-8")
    if "{k:" in manifest:
        (tmp_path / "v.sql").write_text("CREATE VIEW v AS SELECT '${k}' AS k", encoding="utf-8")
    (tmp_path / "bundle.yaml").write_text(manifest, encoding="utf-8")
    settings = parse_settings({"bundle": str(tmp_path), "topics.prefix": "staging."})
    with pytest.raises(BundleError) as caught:
        load_bundle(settings, embedded_endpoints(settings))
    assert told in str(caught.value)


def test_the_file_of_the_project_that_runs_is_found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert bundle_folder("article") == REPOSITORY / "sql" / "article"
