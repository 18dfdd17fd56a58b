"""What the article's six statements add to an `up` of a running stack, against the same REST calls by a bare client on that stack.

Ours is the difference of two whole commands: `up` that creates the six, less `up` that finds nothing to do. Topics and processes are
there in both. Ours sees every error and ends when both jobs were seen healthy; the bare client ends at the first moment in which they run.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.article_by_hand import bare_client, statements
from benchmarks.bare_client import JOBS, ORDER
from benchmarks.comparison import Comparison, Measurement, alternate
from benchmarks.places import REPOSITORY
from benchmarks.project import Project
from benchmarks.scale import Scale
from flinksql.statements import HealthPolicy

GOAL = 1.3
_ARTICLE = REPOSITORY / "sql" / "article"


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure both in turn on one stack."""
    project = Project({"bundle": "article"}, scale)
    project.prepare()
    idle, whole = bundles(_ARTICLE)
    try:
        project.write_bundle(idle)
        project.run("up")
        # Once without measuring: the first INSERT of a SQL Gateway loads its planner, for whichever side comes first.
        if not scale.small:
            _ours(project, idle, whole)
        ours, theirs = alternate(scale.pairs, lambda: _ours(project, idle, whole), lambda: _theirs(project))
    finally:
        project.empty()
    bare = Measurement(label="bare REST calls", unit="s", values=theirs)
    watched = HealthPolicy().settle_seconds
    label = f"less the {watched:g} s for which both jobs are watched"
    unwatched = Measurement(label=label, unit="s", values=tuple(seconds - watched for seconds in ours))
    return [
        Comparison(
            name="six statements on a running stack",
            ours=Measurement(label="added to `up`", unit="s", values=ours),
            theirs=bare,
            goal=GOAL,
        ),
        Comparison(
            name="the same until the jobs run",
            ours=unwatched,
            theirs=bare,
            notes=("both jobs are watched at the same time, so it counts once",),
        ),
    ]


def bundles(folder: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the bundle without the six statements, and with them.

    The first holds three tables of other names on the same topics, so that the topics are no part of the difference.
    """
    article = {name: (folder / f"{name}.sql").read_text(encoding="utf-8") for name in ORDER}
    idle = {
        f"idle_{name}": text.replace(f"CREATE TABLE {name}", f"CREATE TABLE idle_{name}", 1)
        for name, text in article.items()
        if f"CREATE TABLE {name}" in text
    }
    return idle, {**idle, **article}


def _ours(project: Project, idle: Mapping[str, str], whole: Mapping[str, str]) -> float:
    without = project.run("up")
    project.write_bundle(whole)
    with_them = project.run("up")
    project.write_bundle(idle)
    project.run("up")
    return with_them - without


def _theirs(project: Project) -> float:
    client = bare_client(project.settings)
    texts = statements(project.settings)
    began = time.perf_counter()
    session = client.submit(texts)
    try:
        client.wait(JOBS)
        return time.perf_counter() - began
    finally:
        client.end(session)
