import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.toolchain import find
from tests.unit.console.tiny_project import REPOSITORY, Tiny, end_everything


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    toolchain = find(REPOSITORY / ".data")
    if toolchain is None:
        pytest.skip("no Pulumi CLI on PATH or in the data folder: run `python -m console toolchain` once")
    root = tmp_path.resolve() / "project"
    shutil.copytree(Path(__file__).parent / "tiny", root, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "components" / "launcher", root / "launcher")
    (root / "world").mkdir()
    environment = {
        **os.environ,
        "PATH": f"{toolchain.cli.resolve().parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "TINY_WORLD": str(root / "world"),
    }
    environment.pop("PULUMI_BACKEND_URL", None)
    project = Tiny(root=root, environment=environment)
    project.let_creations_finish()
    yield project
    end_everything(project)
