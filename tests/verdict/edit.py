"""An edit of a running job, with the truth about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flinksql.statements.compatibility import Decision, Restore
from tests.verdict.records import AFTER, BEFORE, sums
from tests.verdict.scenarios import Scenario, Shape


class Truth(StrEnum):
    """What Flink does with an edited job that is given the old one's savepoint."""

    GOES_ON = "goes on"
    """It runs, every record counts once, and the results are those of the state."""
    REFUSED = "refused"
    """Flink does not start it: some state is claimed by no operator."""
    LOOPS = "loops"
    """It is accepted and fails for ever."""
    AS_THEY_WERE = "old rows as they were"
    """It runs, and differs from a job that was always the new one only in what became of old rows, which the verdict says."""
    WRONG = "wrong"
    """It runs, and its results are wrong or mixed."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of a scenario. `objects` replaces or adds catalog objects, `job` the job's text, `options` its options.

    `totals` is what the new job must make of all records, by key; for a scenario that sums, the sums unless given.
    `copies` is how often each id comes out after the edit. `remarked` edits have their state kept with a remark.
    `truths` holds the truth of the lines on which it is another one.
    """

    name: str
    scenario: Scenario
    truth: Truth
    decision: Decision
    restore: Restore = Restore.STRICT
    objects: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)
    copies: int = 1
    remarked: bool = False
    truths: Mapping[str, Truth] = field(default_factory=dict)

    def truth_on(self, line: str) -> Truth:
        """Return what a Flink line does with it."""
        return self.truths.get(line, self.truth)

    @property
    def silent(self) -> bool:
        """Whether nothing of the new job can be read."""
        return any("blackhole" in text for text in self.objects.values())

    @property
    def elsewhere(self) -> bool:
        """Whether the new job reads another topic."""
        return "-more'" in "".join([self.job, *self.objects.values()])

    @property
    def expected_totals(self) -> Mapping[str, int]:
        """What the new job must make of all records."""
        return self.totals or sums([*BEFORE, *AFTER], " 00:20" if self.scenario.shape is Shape.WINDOWS else "")


def kept(name: str, scenario: Scenario, **change: object) -> Edit:
    """Return an edit that keeps the state, which Flink goes on from."""
    return Edit(name=name, scenario=scenario, truth=Truth.GOES_ON, decision=Decision.KEEPS, **change)  # type: ignore[arg-type]


def reset(name: str, scenario: Scenario, truth: Truth, restore: Restore = Restore.NONE, **change: object) -> Edit:
    """Return an edit that loses state for certain."""
    return Edit(name=name, scenario=scenario, truth=truth, decision=Decision.RESETS, restore=restore, **change)  # type: ignore[arg-type]


def remarked(name: str, scenario: Scenario, truth: Truth = Truth.AS_THEY_WERE, **change: object) -> Edit:
    """Return an edit that keeps the state, with a remark on what the old rows can still give."""
    return Edit(name=name, scenario=scenario, truth=truth, decision=Decision.KEEPS, remarked=True, **change)  # type: ignore[arg-type]


def unknown(name: str, scenario: Scenario, truth: Truth, restore: Restore = Restore.NONE, **change: object) -> Edit:
    """Return an edit of which the verdict does not know."""
    return Edit(name=name, scenario=scenario, truth=truth, decision=Decision.UNKNOWN, restore=restore, **change)  # type: ignore[arg-type]
