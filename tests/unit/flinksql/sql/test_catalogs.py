"""Catalogs and options of a manifest: statements of their own, and part of each job that they are for."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import Bundle, definition_hash, read_bundle

SOURCE = "CREATE TABLE t (a STRING) WITH ('connector' = 'datagen')"
JOB = "INSERT INTO lake.shop.totals SELECT a FROM t"
OTHER = "INSERT INTO s SELECT a FROM t"
SINK = "CREATE TABLE s (a STRING) WITH ('connector' = 'blackhole')"
MANIFEST = """
description: a lake
catalogs:
  lake: {type: paimon, warehouse: '${place}', "it's": true}
"""


def bundle(folder: Path, manifest: str = MANIFEST, **more: str) -> Bundle:
    (folder / "bundle.yaml").write_text(manifest, encoding="utf-8")
    for name, text in {"t": SOURCE, "s": SINK, "job": JOB, "other": OTHER, **more}.items():
        (folder / f"{name}.sql").write_text(text, encoding="utf-8")
    return read_bundle(folder, {"place": "file:///lake"}, folder)


def problems(folder: Path, manifest: str = MANIFEST, **more: str) -> list[str]:
    with pytest.raises(BundleError) as refused:
        bundle(folder, manifest, **more)
    return [str(one).partition("\n")[0] for one in refused.value.problems]


def test_a_catalog_is_created_before_what_names_it(tmp_path: Path) -> None:
    found = bundle(tmp_path, v="CREATE VIEW v AS SELECT * FROM lake.shop.orders")
    assert [one.name for one in found.closure("job")] == ["catalog-lake", "t"]
    assert [one.name for one in found.dependencies("v")] == ["catalog-lake"]
    assert [one.name for one in found.closure("other")] == ["s", "t"]
    sql = found.entry("catalog-lake").rendered.sql.strip()
    assert sql == "CREATE CATALOG `lake` WITH ('type' = 'paimon', 'warehouse' = 'file:///lake', 'it''s' = 'true')"
    assert str(found.entry("catalog-lake").position(found.entry("catalog-lake").rendered.sql.index("CREATE"))).endswith("bundle.yaml:4:3")


def test_another_place_in_the_manifest_is_no_change_and_another_warehouse_is_one(tmp_path: Path) -> None:
    def hashed(manifest: str) -> str:
        return definition_hash(bundle(tmp_path, manifest).definition("job", "p/s/job"))

    assert hashed(MANIFEST) == hashed(f"# moved\n\n{MANIFEST}")
    assert hashed(MANIFEST) != hashed(MANIFEST.replace("paimon", "iceberg"))


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        pytest.param("catalogs:\n  lake: {warehouse: x}", "bundle.yaml:2:3: catalogs.lake: a catalog has a `type`", id="no type"),
        pytest.param("catalogs:\n  default_catalog: {type: x}", "catalogs.default_catalog: every session has this one", id="taken"),
        pytest.param("catalogs:\n  lake: {type: x, warehouse: '${none}'}", "bundle.yaml:2:3: there is no parameter none", id="parameter"),
        pytest.param("options: {table.exec.state.tl: 1 h}", "bundle.yaml:1:11: options.table.exec.state.tl: it is not known", id="unknown"),
        pytest.param("options: {table.exec.state.ttl: soon}", "options.table.exec.state.ttl: it must be a duration", id="value"),
        pytest.param("options: {parallelism.default: 2}", "has an option of its own: write `-- parallelism: 2`", id="own option"),
        pytest.param("options: {fast: true}", "options.fast: it is none of Flink's options", id="no option"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, manifest: str, told: str) -> None:
    assert [one for one in problems(tmp_path, manifest) if told in one], problems(tmp_path, manifest)


def test_a_catalog_in_a_file_is_refused_with_the_line_to_write(tmp_path: Path) -> None:
    told = problems(tmp_path, lake="CREATE CATALOG lake WITH ('type' = 'jdbc', 'base-url' = 'jdbc:x')")
    line = '`catalogs: {lake: {type: "jdbc", base-url: "jdbc:x"}}` in bundle.yaml'
    assert told == [f"lake.sql:1:16: CREATE CATALOG lives in the session only: write {line}, and every statement that names it has it"]


def test_options_are_for_jobs_and_a_header_wins(tmp_path: Path) -> None:
    manifest = MANIFEST + "options: {table.exec.state.ttl: 1 d, table.exec.mini-batch.enabled: true}\n"
    found = bundle(tmp_path, manifest, other=f"-- table.exec.state.ttl: 1 h\n{OTHER}")
    assert found.definition("t", "p/s/t").options == {}
    assert found.definition("job", "p/s/job").options == {"table.exec.state.ttl": "1 d", "table.exec.mini-batch.enabled": "true"}
    assert found.definition("other", "p/s/other").options["table.exec.state.ttl"] == "1 h"
    assert found.hash != bundle(tmp_path).hash
