"""Memory of all processes with the default settings, after the samples went through the pipeline and came out as summaries."""

from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.comparison import Comparison, Measurement
from benchmarks.project import Project
from benchmarks.scale import Scale

GOAL_MEGABYTES = 1000
_SUMMARIES = 6
"""One of each product in the samples."""
_TIMEOUT_SECONDS = 300
_MEGABYTE = 1_000_000


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure once: memory does not vary as time does."""
    project = Project({"bundle.parameters.window_seconds": 10}, scale)
    project.prepare()
    try:
        # A process that records an archive is larger than one that uses it, which is the usual state.
        project.rehearse()
        project.run("up")
        project.run("feed")
        project.run("watch", "--until", str(_SUMMARIES), "--timeout", str(_TIMEOUT_SECONDS))
        sizes = memory(project.settings.data_folder)
    finally:
        project.empty()
    notes = tuple(f"{name}: RSS {resident:.0f} MB, PSS {proportional:.0f} MB" for name, (resident, proportional) in sizes.items())
    resident, proportional = (sum(pair[index] for pair in sizes.values()) for index in (0, 1))
    return [
        Comparison(
            name="resident memory (RSS)",
            ours=Measurement(label="all processes after the samples", unit="MB", values=(resident,)),
            goal=GOAL_MEGABYTES,
            notes=notes,
        ),
        Comparison(
            name="proportional memory (PSS)",
            ours=Measurement(label="the same, shared pages counted once", unit="MB", values=(proportional,)),
            notes=("what ending all of them would free",),
        ),
    ]


def memory(data_folder: Path) -> dict[str, tuple[float, float]]:
    """Return resident and proportional megabytes of each process whose command line names the data folder, by a name for people."""
    found: dict[str, tuple[float, float]] = {}
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if any(str(data_folder) in argument for argument in line):
                sizes = process.memory_full_info()
                found[f"{_name(line)} ({process.pid})"] = (sizes.rss / _MEGABYTE, sizes.pss / _MEGABYTE)
        except psutil.Error:
            continue
    return found


def _name(line: list[str]) -> str:
    marker = "flink.reviews.service="
    services = [argument.partition(marker)[2] for argument in line if marker in argument]
    return services[0] if services else "supervisor"
