"""A verdict on the state of a job that is to be upgraded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flinksql.policy import Policy, UpgradeMode


class Decision(StrEnum):
    """What becomes of the old job's state."""

    KEEPS = "keeps state"
    """All of it is restored and means what it meant. A finding of this sort is a remark: what the old rows can still give."""
    RESETS = "resets state"
    """Some or all of it cannot be gone on from."""
    UNKNOWN = "unknown"
    """It could not be proven that the state is kept."""


class Restore(StrEnum):
    """How the new job is to be started so that it never runs on state that is not its own."""

    STRICT = "strict"
    """From the savepoint; Flink refuses state that no operator takes."""
    IGNORE_UNCLAIMED = "ignore unclaimed"
    """From the savepoint, leaving behind the state that no operator of the new job takes."""
    NONE = "none"
    """Without state."""


_BY_SEVERITY = (Restore.STRICT, Restore.IGNORE_UNCLAIMED, Restore.NONE)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One reason for the decision: the operator as Flink's plan names it (empty for the whole job), and why."""

    decision: Decision
    operator: str = ""
    why: str
    restore: Restore

    def __str__(self) -> str:
        return f"{self.operator}: {self.why}" if self.operator else self.why


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The decision with all its reasons. `consequence` says what happens when the change is let through, empty for `keeps`.

    `job_id` is the job whose state it is about, empty where Flink knows none.
    `str(verdict)` is one line: `keeps state`, `resets state: <operator>: <why>` or `unknown: <why>`. What keeps its state can have remarks.
    """

    decision: Decision
    findings: tuple[Finding, ...] = ()
    restore: Restore = Restore.STRICT
    consequence: str = ""
    job_id: str = field(default="", compare=False)

    @property
    def keeps(self) -> bool:
        """Whether nothing is lost."""
        return self.decision is Decision.KEEPS

    def allowed_by(self, policy: Policy) -> bool:
        """Return whether the change may be made without asking: it keeps the state, or the statement's header gives it up."""
        return self.keeps or policy.allow_state_reset or policy.upgrade_mode is UpgradeMode.STATELESS

    def with_doubt(self, why: str) -> "Verdict":
        """Return the verdict with one more reason for doubt. The job is still restored from the state that there is."""
        doubt = Finding(decision=Decision.UNKNOWN, why=why, restore=Restore.STRICT)
        combined = verdict_of([*self.findings, doubt])
        return replace(combined, consequence=self.consequence or "the job is restored from the state that there is, if Flink accepts it")

    def map_text(self, translate: Callable[[str], str]) -> "Verdict":
        """Return the verdict with each text translated."""
        findings = tuple(replace(each, operator=translate(each.operator), why=translate(each.why)) for each in self.findings)
        return replace(self, findings=findings, consequence=translate(self.consequence))

    def __str__(self) -> str:
        if not self.findings:
            return str(self.decision)
        return f"{self.decision}: {'; '.join(dict.fromkeys(str(finding) for finding in self.findings))}"


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict that follows from all findings: the worst of them decides; none, or nothing but remarks, is `keeps`."""
    every = tuple(findings)
    found = tuple(finding for finding in every if finding.decision is not Decision.KEEPS)
    if not found:
        return Verdict(decision=Decision.KEEPS, findings=every)
    resets = tuple(finding for finding in found if finding.decision is Decision.RESETS)
    restore = max((finding.restore for finding in found), key=_BY_SEVERITY.index)
    others = tuple(finding for finding in found if finding.decision is not Decision.RESETS)
    return Verdict(decision=Decision.RESETS if resets else Decision.UNKNOWN, findings=resets + others, restore=restore)


def unknown(why: str, restore: Restore = Restore.NONE) -> Verdict:
    """Return the verdict that nothing is known, with the reason."""
    verdict = verdict_of([Finding(decision=Decision.UNKNOWN, why=why, restore=restore)])
    return replace(verdict, consequence="the job starts without state" if restore is Restore.NONE else "")
