"""Pipelines as people write them, each a bundle of its own: previewed, run, changed for the next one, and their rows compared.

On the default Flink line all of them run, on the others those whose plans differ most between lines; all with the variable.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from options.flink_lines import DEFAULT_LINE, FLINK_LINES
from tests.support.pipelines import FOLDER, differences, expectations, feed_new
from tests.support.project import ProjectCopy, project_copy

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

ALL = sorted(expectations())
OTHERS = [line for line in FLINK_LINES if line != DEFAULT_LINE]
FEW = ("joins", "own_patterns", "own_topics")
ON_OTHERS = ALL if os.environ.get("FLINK_REVIEWS_PIPELINES") == "all" else FEW
RUNS = [*((DEFAULT_LINE, name) for name in ALL), *((line, name) for line in OTHERS for name in ON_OTHERS)]


@pytest.fixture(scope="module")
def stack_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ProjectCopy]]:
    """Give the stack on a Flink line, whose bundle each test sets. In random order a parametrized fixture would start one for each test."""
    with ExitStack() as running:

        @cache
        def start(line: str) -> ProjectCopy:
            folder = tmp_path_factory.mktemp("pipelines") / "project"
            folder.mkdir()
            return running.enter_context(
                project_copy(folder, flink__line=line, flink__taskSlots=16, topics__partitions=1, samples__feed=False)
            )

        yield start


def _as_written_for(line: str, name: str, folder: Path) -> Path:
    """Return the folder of a bundle: 2.3 wants to be told what becomes of rows of a sink's key that is not the query's."""
    if (line, name) != ("2.3", "own_patterns"):
        return FOLDER / name
    written = folder / name
    shutil.copytree(FOLDER / name, written)
    file = written / "both.sql"
    text = file.read_text(encoding="utf-8")
    end = "GROUP BY ROLLUP (city, currency)"
    assert text.count(end) == 1
    file.write_text(text.replace(end, f"{end} ON CONFLICT DO DEDUPLICATE"), encoding="utf-8")
    return written


@pytest.mark.parametrize(("line", "name"), [pytest.param(*run, id="-".join(run)) for run in RUNS])
def test_a_pipeline_runs_with_the_right_rows(stack_on: Callable[[str], ProjectCopy], line: str, name: str, tmp_path: Path) -> None:
    stack = stack_on(line)
    stack.configure(bundle=str(_as_written_for(line, name, tmp_path)))
    stack.succeed("preview")
    stack.succeed("up")
    bootstrap = str(stack.outputs()["kafkaBootstrap"])
    feed_new(bootstrap, stack.folder / "fed")
    assert differences(bootstrap, [name]) == {}
