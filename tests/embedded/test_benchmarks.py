"""Every benchmark works: a small run of each, on real processes. What it measured says nothing; that it measured is what counts."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from tests.support.project import REPOSITORY

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.xdist_group("benchmarks")]


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_small_run_gives_figures(name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.getbasetemp() / "benchmarks"
    # What is downloaded and built is shared; everything else is the benchmark's own.
    for shared in ("artifacts", "java"):
        link = home / "project" / ".data" / shared
        (REPOSITORY / ".data" / shared).mkdir(parents=True, exist_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(REPOSITORY / ".data" / shared)
    monkeypatch.setenv("FLINK_REVIEWS_BENCHMARKS", str(home))
    page = Path(home / f"{name}.md")
    command = [sys.executable, "-m", "benchmarks", name, "--small", "--json", "--markdown", str(page)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    [report] = json.loads(run.stdout)
    figures = {figure["name"]: figure["figure"] for figure in report["figures"]}
    assert figures
    assert all(math.isfinite(value) for value in figures.values()), figures
    assert all(name in page.read_text(encoding="utf-8") for name in figures)
