"""What one benchmark found: two sides measured in the same run, and what their ratio was hoped to be."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

Measure = Callable[[], float]
"""Runs one side once and returns what it measured: seconds for a time, records per second for a rate."""


_WHOLE_FROM = 100


def number(value: float) -> str:
    """Write a value with three digits that count, and none of the whole ones left out."""
    return f"{value:.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.3g}"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Repeated values of one thing, all in `unit`."""

    label: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value, which one disturbed repetition does not move."""
        return median(self.values)

    def __str__(self) -> str:
        spread = f" ({', '.join(number(value) for value in self.values)})" if len(self.values) > 1 else ""
        return f"{self.label}: {number(self.median)} {self.unit}{spread}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One figure to look at: `ours` over `theirs`, or `ours` alone when there is nothing to compare with.

    `goal` is the highest ratio (or, without `theirs`, the highest median) that was hoped for; None when nothing was.
    `notes` say what the figure does and does not cover.
    """

    name: str
    ours: Measurement
    theirs: Measurement | None = None
    goal: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def figure(self) -> float:
        """The ratio of the medians, or the median alone."""
        return self.ours.median / self.theirs.median if self.theirs else self.ours.median

    @property
    def reached(self) -> bool | None:
        """Whether the goal was reached in this run; None without a goal."""
        return None if self.goal is None else self.figure <= self.goal

    def to_plain(self) -> dict[str, object]:
        """Return the comparison as JSON can hold it."""
        sides = {"ours": self.ours, "theirs": self.theirs}
        plain: dict[str, object] = {
            key: {"label": side.label, "unit": side.unit, "values": list(side.values), "median": side.median}
            for key, side in sides.items()
            if side is not None
        }
        return {"name": self.name, **plain, "figure": self.figure, "goal": self.goal, "reached": self.reached, "notes": list(self.notes)}


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of one benchmark and how busy the machine was: the one-minute load averages before and after."""

    benchmark: str
    comparisons: tuple[Comparison, ...]
    load_before: float
    load_after: float
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)

    def to_plain(self) -> dict[str, object]:
        """Return the report as JSON can hold it."""
        return {
            "benchmark": self.benchmark,
            "cores": self.cores,
            "loadBefore": self.load_before,
            "loadAfter": self.load_after,
            "figures": [comparison.to_plain() for comparison in self.comparisons],
        }


def alternate(pairs: int, ours: Measure, theirs: Measure) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Run both sides `pairs` times, the first of a pair in turn: neither side gains from the order or from a quieter minute."""
    found: dict[Measure, list[float]] = {ours: [], theirs: []}
    for pair in range(pairs):
        for side in (ours, theirs) if pair % 2 == 0 else (theirs, ours):
            found[side].append(side())
    return tuple(found[ours]), tuple(found[theirs])


def measured(benchmark: str, run: Callable[[], Sequence[Comparison]]) -> Report:
    """Run a benchmark and note the load around it."""
    before = os.getloadavg()[0]
    comparisons = tuple(run())
    return Report(benchmark=benchmark, comparisons=comparisons, load_before=before, load_after=os.getloadavg()[0])
