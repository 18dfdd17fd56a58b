"""What a diagnosis consists of. `to_json` is a contract: fields may be added, none changes its meaning."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a finding asks of its reader, the most important first."""

    PROBLEM = "problem"
    """Nothing comes out until something is changed."""
    UNKNOWN = "unknown"
    """It cannot be known from here."""
    INPUT = "no input"
    """Nothing is wrong in the statement: it has no records to work on."""
    WAIT = "wait"
    """Nothing is wrong: rows come by themselves, or with further records."""
    FLOWING = "flowing"
    NOTE = "note"
    """Says nothing of why rows are missing, and is worth knowing."""


class Kind(StrEnum):
    """The findings. The names are part of the contract of `--json`."""

    PAUSED = "paused"
    NO_JOB = "no_job"
    ENDED = "ended"
    JOB_FAILS = "job_fails"
    NO_SLOT = "no_slot"
    STARTING = "starting"
    NO_FIGURES = "no_figures"
    MISSING_TOPIC = "missing_topic"
    EMPTY_TOPIC = "empty_topic"
    EXPIRED_RECORDS = "expired_records"
    STARTS_AT_END = "starts_at_end"
    GROUP_COMMITTED = "group_committed"
    NO_NEW_RECORDS = "no_new_records"
    NOT_READING = "not_reading"
    HIDDEN_INPUT = "hidden_input"
    SKIPPED_RECORDS = "skipped_records"
    NO_WATERMARK = "no_watermark"
    NO_EVENT_TIME = "no_event_time"
    IDLE_PARTITION = "idle_partition"
    IDLE_SUBTASK = "idle_subtask"
    SLOW_SOURCE = "slow_source"
    LATE_ROWS = "late_rows"
    WINDOW_OPEN = "window_open"
    NOTHING_PASSES = "nothing_passes"
    FEW_ROWS = "few_rows"
    IN_FLIGHT = "in_flight"
    MODEL_WAITS = "model_waits"
    BACK_PRESSURE = "back_pressure"
    OPEN_TRANSACTION = "open_transaction"
    NEXT_CHECKPOINT = "next_checkpoint"
    STATE_GROWS = "state_grows"
    FLOWS = "flows"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`what` says it in the words of the SQL, `place` is `file:line:column` of that, `figures` prove it, `advice` says what to do."""

    kind: Kind
    verdict: Verdict
    what: str
    place: str = ""
    figures: tuple[str, ...] = ()
    advice: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "kind": str(self.kind),
            "verdict": str(self.verdict),
            "what": self.what,
            "place": self.place,
            "figures": list(self.figures),
            "advice": self.advice,
        }


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found of a statement, the most important first. `since` is since when rows are counted, 0 if nothing runs; ms since 1970."""

    statement: str
    findings: tuple[Finding, ...]
    since: int = 0
    now: int = 0

    @property
    def has_problem(self) -> bool:
        """Whether something must be changed before rows come out."""
        return any(one.verdict is Verdict.PROBLEM for one in self.findings)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of all findings, in order."""
        return tuple(one.kind for one in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Give plain values with camel-case names."""
        findings = [one.to_json() for one in self.findings]
        return {"statement": self.statement, "problem": self.has_problem, "since": self.since, "now": self.now, "findings": findings}


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings without repetition, the most important first; those of one importance stay in their order."""
    rank = list(Verdict)
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: rank.index(one.verdict)))
