"""Parameters of a test: what it gives a bundle, computed ones among them."""

from pathlib import Path

import pytest

from flinksql.errors import StatementError
from flinksql.testing.bundles import BundleReader
from flinksql.testing.reading import read_tests

MANIFEST = """\
parameters:
  minutes: {type: integer, default: 2}
  seconds: {type: integer, value: minutes * 60}
  twice: {type: integer, value: seconds * 2}
"""
JOB = "INSERT INTO t SELECT id FROM s WHERE id IN (${minutes}, ${seconds}, ${twice});"
TABLE = "CREATE TABLE {name} (id BIGINT) WITH ('connector' = 'kafka', 'topic' = '{name}', 'format' = 'json');"


def rendered(folder: Path, parameters: str) -> str:
    (folder / "tests").mkdir(parents=True)
    (folder / "bundle.yaml").write_text(MANIFEST)
    (folder / "j.sql").write_text(JOB)
    for name in "st":
        (folder / f"{name}.sql").write_text(TABLE.format(name=name))
    (folder / "tests" / "j.yaml").write_text(f"tests: [{{name: one, statement: j, parameters: {parameters}, expect: {{t: []}}}}]\n")
    [test] = read_tests(folder, folder.parent)
    return BundleReader(root=folder.parent).read(test).entry("j").rendered.sql


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param("{}", (2, 120, 240), id="the defaults"),
        pytest.param("{minutes: 5}", (5, 300, 600), id="one that is set"),
        pytest.param("{seconds: 7}", (2, 7, 14), id="one that is computed, and what is computed from it"),
        pytest.param("{twice: 7}", (2, 120, 7), id="the last one"),
    ],
)
def test_a_test_gives_any_parameter(tmp_path: Path, parameters: str, expected: tuple[int, int, int]) -> None:
    assert rendered(tmp_path / "shop", parameters).endswith(f"WHERE id IN {expected}")


def test_a_computed_one_must_have_its_type(tmp_path: Path) -> None:
    with pytest.raises(StatementError, match=r"shop/tests/j\.yaml:1:\d+: seconds: it is 'x' and must be a whole number"):
        rendered(tmp_path / "shop", "{seconds: x}")
