"""A preview of 110 statements of which 10 jobs are changed, against the preview of the same stack with nothing changed.

Whole processes on both sides. The difference is what ten changed jobs cost: each is planned twice, as it was and as it is to be, its job is
looked at, and what becomes of its state is said. Nothing is changed by either side.
"""

from collections.abc import Mapping, Sequence

from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.project import Project

UNCHANGED = 100
CHANGED = 10
GOAL = 1.5
"""Hoped for: a change of a tenth of the statements makes a preview half as long again at most."""

_SOURCE = "CREATE TABLE {name} (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
_TOPIC = """CREATE TABLE {name} (id INT) WITH ('connector' = 'kafka', 'topic' = 'measured', 'format' = 'json',
'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'properties.group.id' = 'measured', 'scan.startup.mode' = 'earliest-offset')"""
_SINK = "CREATE TABLE {name} (id INT) WITH ('connector' = 'blackhole')"
_JOB = "INSERT INTO {sink} SELECT id FROM {source} WHERE id > {bound}"
_JOBS = 40
_TABLES = (UNCHANGED + CHANGED - _JOBS) // 2


def run(pairs: int) -> Sequence[Comparison]:
    """Measure `pairs` times each on one stack, which is brought up once."""
    project = Project({"bundle": "article", "flink.taskSlots": _JOBS + 8})
    project.prepare()
    try:
        project.write_bundle(bundle(0))
        project.run("up")
        ours, theirs = alternate(pairs, lambda: _preview(project, CHANGED), lambda: _preview(project, 0))
    finally:
        project.empty()
    return [
        Comparison(
            name="preview, 10 of 110 statements changed",
            ours=Measurement(label="10 changed jobs judged", unit="s", values=ours),
            theirs=Measurement(label="nothing changed", unit="s", values=theirs),
            goal=GOAL,
            notes=(f"{UNCHANGED + CHANGED} statements, {_JOBS} of them running jobs; both sides are whole processes",),
        )
    ]


def bundle(changed: int) -> Mapping[str, str]:
    """Return the statements with so many jobs changed: another condition, which keeps the state."""
    # Of datagen it is not known what it keeps, so a job that is to keep its state reads a topic.
    kinds = [_TOPIC if number < CHANGED else _SOURCE for number in range(_TABLES)]
    made = {f"source_{number:03}": kind.format(name=f"source_{number:03}") for number, kind in enumerate(kinds)}
    made |= {f"sink_{number:03}": _SINK.format(name=f"sink_{number:03}") for number in range(_TABLES)}
    for number in range(_JOBS):
        place = f"{number % _TABLES:03}"
        made[f"job_{number:03}"] = _JOB.format(sink=f"sink_{place}", source=f"source_{place}", bound=1 if number < changed else 0)
    return made


def _preview(project: Project, changed: int) -> float:
    project.write_bundle(bundle(changed))
    return project.run("preview")
