"""What a run with nothing to do costs as a bundle grows to a thousand statements, in processor seconds, against a bare program.

Processor seconds of all processes that a command starts and waits for. The JVMs that run anyway are not among them.
"""

import resource
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bare_program import FOLDER
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.no_op_up import MOST_JOBS, bare_up, bundle
from benchmarks.project import Project
from benchmarks.scale import Scale
from console.toolchain.choice import ensure

COUNTS = (10, 100, 300, 1000)


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure both in turn at every size, growing one stack."""
    project = Project({"bundle": "article", "flink.taskSlots": MOST_JOBS + 8}, scale)
    project.prepare()
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        return [_told(found) for count in scale.of(COUNTS, COUNTS[:1]) for found in _at(project, count, scale.pairs)]
    finally:
        project.empty()
        shutil.rmtree(FOLDER, ignore_errors=True)


def _told(found: Comparison) -> Comparison:
    """Say a figure at once: all sizes take half an hour on a busy machine, and what was measured must not go with the last."""
    print(f"{found.name}: {found.ours}{f', {found.theirs}' if found.theirs else ''}", file=sys.stderr, flush=True)
    return found


def processor_seconds(action: Callable[[], object]) -> float:
    """Return what the processes that an action starts, and waits for, compute."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _at(project: Project, count: int, pairs: int) -> Sequence[Comparison]:
    project.write_bundle(bundle(count))
    project.run("up")
    toolchain: Path = ensure(project.settings.data_folder, print).root
    bare_up(count, toolchain)
    previews = tuple(processor_seconds(lambda: project.run("preview")) for _ in range(pairs))
    ours, theirs = alternate(
        pairs,
        lambda: processor_seconds(lambda: project.run("up")),
        lambda: processor_seconds(lambda: bare_up(count, toolchain)),
    )
    return (
        Comparison(
            name=f"no-op up, {count} statements, processor seconds",
            ours=Measurement(label="up with nothing to do", unit="s", values=ours),
            theirs=Measurement(label="bare program, no-op resources", unit="s", values=theirs),
        ),
        Comparison(
            name=f"preview, {count} statements, processor seconds",
            ours=Measurement(label="preview with nothing to do", unit="s", values=previews),
        ),
    )
