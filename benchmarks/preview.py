"""A preview of 110 statements of which 10 jobs are changed, against the preview of the same stack with nothing changed.

Whole processes on both sides. The difference is what ten changed jobs cost: each is planned twice, as it was and as it is to be, its job is
looked at, and what becomes of its state is said. Nothing is changed by either side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.project import Project
from benchmarks.scale import Scale

GOAL = 1.5
"""Hoped for: a change of a tenth of the statements makes a preview half as long again at most."""

_SOURCE = "CREATE TABLE {name} (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')"
_TOPIC = """CREATE TABLE {name} (id INT) WITH ('connector' = 'kafka', 'topic' = 'measured', 'format' = 'json',
'properties.bootstrap.servers' = '${{kafka_bootstrap}}', 'properties.group.id' = 'measured', 'scan.startup.mode' = 'earliest-offset')"""
_SINK = "CREATE TABLE {name} (id INT) WITH ('connector' = 'blackhole')"
_JOB = "INSERT INTO {sink} SELECT id FROM {source} WHERE id > {bound}"


@dataclass(frozen=True, kw_only=True)
class Size:
    """Numbers of statements. The changed ones are jobs."""

    unchanged: int
    changed: int
    jobs: int

    @property
    def all(self) -> int:
        """All statements."""
        return self.unchanged + self.changed

    @property
    def tables(self) -> int:
        """Sources, and as many sinks."""
        return (self.all - self.jobs) // 2


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure both in turn on one stack, which is brought up once."""
    size = scale.of(Size(unchanged=100, changed=10, jobs=40), Size(unchanged=4, changed=2, jobs=2))
    project = Project({"bundle": "article", "flink.taskSlots": size.jobs + 8}, scale)
    project.prepare()
    try:
        project.write_bundle(bundle(size, 0))
        project.run("up")
        ours, theirs = alternate(scale.pairs, lambda: _preview(project, size, size.changed), lambda: _preview(project, size, 0))
    finally:
        project.empty()
    return [
        Comparison(
            name=f"preview, {size.changed} of {size.all} statements changed",
            ours=Measurement(label=f"{size.changed} changed jobs judged", unit="s", values=ours),
            theirs=Measurement(label="nothing changed", unit="s", values=theirs),
            goal=GOAL,
            notes=(f"{size.all} statements, {size.jobs} of them running jobs; both sides are whole processes",),
        )
    ]


def bundle(size: Size, changed: int) -> Mapping[str, str]:
    """Return the statements with so many jobs changed: another condition, which keeps the state."""
    # Of datagen it is not known what it keeps, so a job that is to keep its state reads a topic.
    kinds = [_TOPIC if number < size.changed else _SOURCE for number in range(size.tables)]
    made = {f"source_{number:03}": kind.format(name=f"source_{number:03}") for number, kind in enumerate(kinds)}
    made |= {f"sink_{number:03}": _SINK.format(name=f"sink_{number:03}") for number in range(size.tables)}
    for number in range(size.jobs):
        place = f"{number % size.tables:03}"
        made[f"job_{number:03}"] = _JOB.format(sink=f"sink_{place}", source=f"source_{place}", bound=1 if number < changed else 0)
    return made


def _preview(project: Project, size: Size, changed: int) -> float:
    project.write_bundle(bundle(size, changed))
    return project.run("preview")
