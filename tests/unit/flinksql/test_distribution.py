"""flinksql as a distribution of its own: its wheel holds what it needs, and nothing else of the project."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = {"pydantic": "pydantic", "requests": "requests", "sqlglot": "sqlglot", "mmh3": "mmh3", "PyYAML": "yaml", "tenacity": "tenacity"}
"""Import names of the distributions that flinksql asks for."""
WITH_PYDANTIC = {"pydantic_core"}
REFUSING = """
import importlib.abc, importlib, pkgutil, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {names}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import flinksql
for module in pkgutil.walk_packages(flinksql.__path__, 'flinksql.'):
    if not module.name.startswith('flinksql.kafka'):
        importlib.import_module(module.name)
print(flinksql.__file__)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    command = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-build-isolation",
        "--no-deps",
        "--wheel-dir",
        folder,
        ROOT / "flinksql",
    )
    subprocess.run(command, check=True, timeout=120)
    [wheel] = folder.glob("flinksql-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_the_wheel_holds_every_module(unpacked: Path) -> None:
    here = {file.relative_to(ROOT) for file in (ROOT / "flinksql").rglob("*.py")}
    assert {file.relative_to(unpacked) for file in unpacked.rglob("*.py")} == here


def test_every_module_is_importable_without_the_project_and_its_other_packages(unpacked: Path, tmp_path: Path) -> None:
    refused = "{'pulumi', 'confluent_kafka', 'kubernetes', 'components', 'embedded', 'cluster', 'console', 'modelgateway', 'typer', 'rich'}"
    told = subprocess.run(
        (sys.executable, "-c", REFUSING.format(names=refused)),
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert Path(told.stdout.strip()) == unpacked / "flinksql" / "__init__.py"


def test_it_asks_for_what_it_imports(unpacked: Path) -> None:
    imported = {
        found
        for file in unpacked.rglob("*.py")
        # Parts that an extra is for, and the plugin that pytest itself loads.
        if file.parent.name != "kafka" and file.name != "pytest_plugin.py"
        for found in re.findall(r"^(?:from|import) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    project = tomllib.loads((ROOT / "flinksql" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {MODULES[re.split(r"[<>=]", one)[0]] for one in project["dependencies"]}
    assert imported - sys.stdlib_module_names - {"flinksql"} - WITH_PYDANTIC == asked
