"""An `up` that has nothing to do, with 10, 100 and 300 statements, against a bare program with as many no-op dynamic resources.

Whole processes on both sides. Ours has the platform's ten resources besides, and asks every process, topic and job whether it is still what
the state says; the bare program asks nothing.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bare_program import FOLDER
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.errors import ScriptFailedError
from benchmarks.places import REPOSITORY
from benchmarks.project import Project
from benchmarks.scale import Scale
from console.toolchain.choice import ensure

COUNTS = (10, 100, 300)
GOAL = 1.2
GOAL_COUNT = 100
JOB_SHARE = 0.4
MOST_JOBS = 40
"""More running jobs measure the machine's memory, not `up`."""

_SOURCE = "CREATE TABLE {name} (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
_SINK = "CREATE TABLE {name} (id INT) WITH ('connector' = 'blackhole')"
_TABLES_OF_JOBS = 3
"""Sources, and sinks, that jobs use: as many as the smallest size has."""
_JOB = "INSERT INTO {sink} SELECT id FROM {source}"


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure both in turn at every size, growing one stack."""
    project = Project({"bundle": "article", "flink.taskSlots": MOST_JOBS + 8}, scale)
    project.prepare()
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        return [_at(project, count, scale.pairs) for count in scale.of(COUNTS, COUNTS[:1])]
    finally:
        project.empty()
        shutil.rmtree(FOLDER, ignore_errors=True)


def bundle(count: int) -> Mapping[str, str]:
    """Return `count` statements: jobs from a source to a sink, as many as reasonable, and tables for the rest."""
    jobs = min(MOST_JOBS, round(count * JOB_SHARE))
    sources = (count - jobs) // 2
    sinks = count - jobs - sources
    made = {f"source_{number:03}": _SOURCE.format(name=f"source_{number:03}") for number in range(sources)}
    made |= {f"sink_{number:03}": _SINK.format(name=f"sink_{number:03}") for number in range(sinks)}
    for number in range(jobs):
        # The same tables at every size: a stack that grows must not change the jobs that it has.
        place = f"{number % _TABLES_OF_JOBS:03}"
        made[f"job_{number:03}"] = _JOB.format(sink=f"sink_{place}", source=f"source_{place}")
    return made


def bare_up(count: int, toolchain: Path) -> float:
    """Run the bare program; seconds of its whole process."""
    began = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare_program", str(count), str(toolchain)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise ScriptFailedError(f"the bare program of {count} resources failed:\n{result.stdout}{result.stderr}")
    return time.perf_counter() - began


def _at(project: Project, count: int, pairs: int) -> Comparison:
    statements = bundle(count)
    project.write_bundle(statements)
    project.run("up")
    toolchain = ensure(project.settings.data_folder, print).root
    bare_up(count, toolchain)
    ours, theirs = alternate(pairs, lambda: project.run("up"), lambda: bare_up(count, toolchain))
    jobs = sum(name.startswith("job_") for name in statements)
    return Comparison(
        name=f"no-op up, {count} statements",
        ours=Measurement(label="up with nothing to do", unit="s", values=ours),
        theirs=Measurement(label="bare program, no-op resources", unit="s", values=theirs),
        goal=GOAL if count == GOAL_COUNT else None,
        notes=(f"{count} statements: {jobs} running jobs and {count - jobs} tables",),
    )
