"""What the commands cost that people type all day, on the production bundle with default settings: seconds, and processor seconds.

Whole commands, with everything that they wait for. Processor seconds are those of the processes that a command starts and waits for:
without Java, which outlives it. A prompt is what is changed, because that is what is changed most often.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from benchmarks.comparison import Comparison, Measurement
from benchmarks.growth import processor_seconds
from benchmarks.project import Project
from benchmarks.scale import Scale

HELP, NO_PREVIEW, PROMPT_PREVIEW = "--help", "preview, nothing changed", "preview, one prompt changed"
NO_UP, PROMPT_UP, DOWN, UP = "up, nothing changed", "up, one prompt changed", "down", "up, from nothing to running jobs"
GOALS: Mapping[str, float] = {NO_PREVIEW: 2.5, PROMPT_PREVIEW: 3.5, NO_UP: 2.5, PROMPT_UP: 5, DOWN: 5}
"""Seconds on a machine that does nothing else."""
COMPUTING_GOALS: Mapping[str, float] = {HELP: 0.2}
"""Processor seconds."""


class Commands:
    """The values of each command, in seconds and in processor seconds."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._versions = 0
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.computed: dict[str, list[float]] = defaultdict(list)

    def round(self) -> None:
        """Run each command once, from nothing to nothing."""
        self._timed(UP, "up")
        self._timed(HELP, "--help")
        self._timed(NO_PREVIEW, "preview")
        self._timed(NO_UP, "up")
        self._change_prompt()
        self._timed(PROMPT_PREVIEW, "preview")
        # An edit of its own: the preview has had the planner look at the other one.
        self._change_prompt()
        self._timed(PROMPT_UP, "up")
        self._timed(DOWN, "down")

    def _timed(self, name: str, *arguments: str) -> None:
        began = time.perf_counter()
        self.computed[name].append(processor_seconds(lambda: self._project.run(*arguments)))
        self.seconds[name].append(time.perf_counter() - began)

    def _change_prompt(self) -> None:
        self._versions += 1
        prompt = self._project.root / "sql" / "reviews" / "prompts" / "summary.md"
        prompt.write_text(f"{prompt.read_text(encoding='utf-8').rstrip()} Version {self._versions}.\n", encoding="utf-8")


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure so many rounds of all commands."""
    project = Project({"bundle": "reviews"}, scale)
    project.prepare()
    try:
        project.rehearse()
        commands = Commands(project)
        for _ in range(scale.pairs):
            commands.round()
    finally:
        project.empty()
    return [
        *_figures("", "whole command", commands.seconds, GOALS.get),
        *_figures(", processor seconds", "without Java", commands.computed, COMPUTING_GOALS.get),
    ]


def _figures(suffix: str, label: str, values: Mapping[str, list[float]], goal: Callable[[str], float | None]) -> Sequence[Comparison]:
    return [
        Comparison(name=f"{name}{suffix}", ours=Measurement(label=label, unit="s", values=tuple(found)), goal=goal(name))
        for name, found in values.items()
    ]
