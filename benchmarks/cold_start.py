"""From nothing running to both of the article's jobs running: `up` on an empty stack against the article's way as a script.

Both sides are whole processes of Python, start the same Java and Python programs with the same flags and end with two running jobs.
Ours starts the processes at once and from archives, tracks everything in a stack and checks every statement; the script does not.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.article_by_hand import RUNNING
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.errors import ScriptFailedError
from benchmarks.places import HOME, REPOSITORY
from benchmarks.project import Project, empty
from benchmarks.scale import Scale

GOAL = 0.6
_STOP_SECONDS = 120
NOTES = (
    "ours: the whole process `console up`, with archives, jars present; ends when both jobs were seen healthy",
    "theirs: benchmarks/article_by_hand.py, the same processes one after another, its REST calls unchecked; ends when both jobs run",
)


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure both in turn."""
    project = Project({"bundle": "article"}, scale)
    project.prepare()
    try:
        project.rehearse()
        ours, theirs = alternate(scale.pairs, lambda: _ours(project), lambda: by_hand(_by_hand_folder(project)))
    finally:
        project.empty()
    return [
        Comparison(
            name="cold start",
            ours=Measurement(label="up on an empty stack", unit="s", values=ours),
            theirs=Measurement(label="the article by hand", unit="s", values=theirs),
            goal=GOAL,
            notes=NOTES,
        )
    ]


def by_hand(folder: Path) -> float:
    """Run the script on an emptied data folder; seconds from its start to the line that it prints when both jobs run."""
    empty(folder)
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.article_by_hand", str(folder)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as script:
        assert script.stdin is not None  # noqa: S101 - both pipes were asked for
        assert script.stdout is not None  # noqa: S101
        line = script.stdout.readline().strip()
        seconds = time.perf_counter() - began
        script.stdin.close()
        script.wait(_STOP_SECONDS)
    if line != RUNNING:
        raise ScriptFailedError("benchmarks/article_by_hand.py ended before both jobs ran; its message stands above")
    return seconds


def _ours(project: Project) -> float:
    project.empty()
    try:
        return project.run("up")
    finally:
        project.run("down")


def _by_hand_folder(project: Project) -> Path:
    """Return the script's data folder, which shares the jars."""
    folder = HOME / "by-hand"
    folder.mkdir(parents=True, exist_ok=True)
    shared = folder / "artifacts"
    if not shared.is_symlink():
        shared.symlink_to(project.settings.folder.artifacts)
    return folder
