"""Jars of a manifest: named by coordinates, locked by checksums, refused at their line without one."""

from pathlib import Path

import pytest

from components.bundle_jars import LOCK, SET, all_coordinates, coordinates_of, jar_problems
from embedded.jars import Jar
from flinksql.sql import place_jars, read_manifest
from flinksql.sql.function_jars import read_jars

MANIFEST = """jars:
  - org.example:everywhere:1.0
  - {2.2: "org.example:newer:2", 2.1: "org.example:older:1"}
"""


def locked(*coordinates: str) -> str:
    jars = [dict(zip(("group", "artifact", "version"), one.split(":"), strict=True)) for one in coordinates]
    return "".join(Jar(**jar, size=1, sha256="0" * 64, sha1="0" * 40).line(SET) + "\n" for jar in jars)


def told(
    folder: Path, manifest: str = MANIFEST, lock: str = "", line: str = "2.2", *, brought: bool = True, provided: bool = False
) -> list[str]:
    (folder / "bundle.yaml").write_text(manifest, encoding="utf-8")
    if lock:
        (folder / LOCK).write_text(lock, encoding="utf-8")
    found = jar_problems(read_manifest(folder, "b"), folder, "b", line, brought=brought, provided=provided)
    return [str(one) for one in found]


def test_each_line_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "bundle.yaml").write_text(MANIFEST, encoding="utf-8")
    manifest = read_manifest(tmp_path, "b")
    assert coordinates_of(manifest, "2.1") == ("org.example:everywhere:1.0", "org.example:older:1")
    assert all_coordinates(manifest) == ("org.example:everywhere:1.0", "org.example:newer:2", "org.example:older:1")


def test_what_is_locked_is_right(tmp_path: Path) -> None:
    assert told(tmp_path, lock=locked("org.example:everywhere:1.0", "org.example:newer:2")) == []


@pytest.mark.parametrize(
    ("manifest", "lock", "line", "wanted"),
    [
        pytest.param(MANIFEST, "", "2.2", "b/bundle.yaml:2:5: jars.0: org.example:everywhere:1.0 has no checksum yet", id="no lock"),
        pytest.param(MANIFEST, locked("org.example:newer:2"), "2.1", "bundle.yaml:3:5: jars.1: org.example:older:1 has", id="line"),
        pytest.param(MANIFEST, "", "2.2", "run `python -m console lock-jars`", id="command"),
        pytest.param("jars: [{2.1: 'g:a:1'}]", "", "2.2", "no jar is named for it: add `2.2: ...`", id="line without one"),
        pytest.param("jars: [{3.0: 'g:a:1', '2.2': 'g:a:1'}]", "", "2.2", "3.0 is no Flink line: there are 2.1, 2.2", id="no line"),
        pytest.param(MANIFEST, "bundle damaged\n", "2.2", "b/jars.lock:1:1: jars.lock:1: not a line of a jar lock", id="damaged"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(tmp_path: Path, manifest: str, lock: str, line: str, wanted: str) -> None:
    found = told(tmp_path, manifest, lock, line)
    assert [one for one in found if wanted in one], found


def test_another_platform_says_where_the_jars_must_be(tmp_path: Path) -> None:
    [found] = told(tmp_path, brought=False)
    assert found.startswith("b/bundle.yaml:1:1: jars: this platform cannot bring jars to a Flink that others run")
    assert "org.example:everywhere:1.0, org.example:newer:2. Then say so: `pulumi config set bundle.jars provided`" in found


def test_jars_that_others_provide_need_no_lock(tmp_path: Path) -> None:
    assert told(tmp_path, brought=False, provided=True) == []


def test_a_jar_is_kept_by_its_content(tmp_path: Path) -> None:
    bundle, kept = tmp_path / "bundle", tmp_path / "kept"
    bundle.mkdir()
    for content in (b"first", b"second"):
        (bundle / "udf.jar").write_bytes(content)
        jars = read_jars(bundle)
        place_jars(jars, kept)
        assert (kept / jars["udf.jar"].place).read_bytes() == content
    # What an older savepoint was made with stays; one that is there in part is made whole.
    assert sorted(file.read_bytes() for file in kept.rglob("*.jar")) == [b"first", b"second"]
    (kept / jars["udf.jar"].place).write_bytes(b"par")
    place_jars(jars, kept)
    assert (kept / jars["udf.jar"].place).read_bytes() == b"second"
    assert not list(kept.rglob(".part-*"))
