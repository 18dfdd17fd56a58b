"""Two definitions with their plans, and the verdict on the state between them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from flinksql.policy import UpgradeMode
from flinksql.statement import Definition
from flinksql.statements.compatibility.compared_job import ML_PREDICT, SINK_PARTS, ComparedJob
from flinksql.statements.compatibility.compiled import Compiled, with_all_named
from flinksql.statements.compatibility.connectors import effective_options, start_without_state
from flinksql.statements.compatibility.lines import comparable, unmeasured
from flinksql.statements.compatibility.operators import operator_finding, swapped_findings
from flinksql.statements.compatibility.plan import SOURCE, Node, Plan, PlanError
from flinksql.statements.compatibility.tables import closure_of
from flinksql.statements.compatibility.values import Decision, Finding, Restore, Verdict, unknown, verdict_of

_PARALLELISM = "parallelism.default"
_FREE_OPTIONS = frozenset({_PARALLELISM, "execution.checkpointing.interval"})
_LEAST_MAXIMUM = 128
"""Flink's smallest maximum parallelism: a state can be spread over so many subtasks whatever it was written with."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A definition and what Flink's planner made of it: the operators that run, and what each of them is."""

    definition: Definition
    plan: Plan
    compiled: Compiled


def judge(old: Planned, new: Planned, vertices: Iterable[str] = ()) -> Verdict:
    """Return the verdict on the old job's state under the new definition.

    The two may have been planned on two Flink lines.
    `vertices` are the ids of the running job's vertices, as the JobManager gives them, when they are known: a job that is not what its
    definition plans to now (made by another Flink, or by hand) is not judged by that plan.
    Raises StatementError when a closure cannot be read.
    """
    compiled = comparable(old.compiled, new.compiled)
    try:
        before, after = (_compared_job(replace(one, compiled=plan)) for one, plan in zip((old, new), compiled, strict=True))
    except PlanError as error:
        return unknown(str(error))
    if why := unmeasured(old.compiled, new.compiled):
        return _with_consequence(unknown(why), after)
    if new.definition.policy.upgrade_mode is UpgradeMode.STATELESS:
        why = "`upgrade_mode: stateless` gives up the state of the whole job"
        finding = Finding(decision=Decision.RESETS, why=why, restore=Restore.NONE)
        return _with_consequence(verdict_of([finding]), after)
    try:
        findings = [
            *_foreign(before, vertices),
            *_options(old.definition, new.definition),
            *_functions(before, after),
            *_catalogs(before, after),
            *_hints(before, after),
            *_operators(before, after),
            *swapped_findings(before, after),
        ]
    except PlanError as error:
        return _with_consequence(unknown(str(error)), after)
    return _with_consequence(verdict_of(findings), after)


def _compared_job(planned: Planned) -> ComparedJob:
    return ComparedJob(with_all_named(planned.plan, planned.compiled), planned.compiled, closure_of(planned.definition))


def _foreign(before: ComparedJob, vertices: Iterable[str]) -> Iterator[Finding]:
    if not set(vertices) <= before.by_id.keys():
        why = "the running job is not what its definition plans to now: it was planned by another version of Flink, or started by hand"
        yield Finding(decision=Decision.UNKNOWN, why=why, restore=Restore.NONE)


def _options(old: Definition, new: Definition) -> Iterator[Finding]:
    for key in sorted({*old.options, *new.options}):
        before, after = old.options.get(key), new.options.get(key)
        if before == after:
            continue
        if key not in _FREE_OPTIONS:
            why = f"the job's option {key} changes, and what that does to its state is not known"
            yield Finding(decision=Decision.UNKNOWN, why=why, restore=Restore.NONE)
        elif key == _PARALLELISM and _beyond_maximum(after):
            why = f"a parallelism of {after} can be more than the old state can be spread over"
            yield Finding(decision=Decision.UNKNOWN, why=why, restore=Restore.NONE)


def _beyond_maximum(parallelism: str | None) -> bool:
    return parallelism is None or not parallelism.isdigit() or int(parallelism) > _LEAST_MAXIMUM


def _functions(before: ComparedJob, after: ComparedJob) -> Iterator[Finding]:
    old, new = before.closure.functions, after.closure.functions
    for name in sorted(name for name in {*old, *new} if name in old and old[name] != new.get(name)):
        yield Finding(decision=Decision.UNKNOWN, why=f"the definition of function {name} changes", restore=Restore.NONE)


def _catalogs(before: ComparedJob, after: ComparedJob) -> Iterator[Finding]:
    """Yield a finding for each catalog that is another one now: what its tables are, no plan says."""
    old, new = before.closure.catalogs, after.closure.catalogs
    for name in sorted(name for name in {*old, *new} if old.get(name) != new.get(name)):
        yield Finding(decision=Decision.UNKNOWN, why=f"the definition of catalog {name} changes", restore=Restore.NONE)


def _hints(before: ComparedJob, after: ComparedJob) -> Iterator[Finding]:
    """Yield a finding for each changed hint that plans do not show: they have hints only as options of sources."""
    old, new = Counter(before.closure.hints), Counter(after.closure.hints)
    for hint in sorted(((old - new) + (new - old)).elements()):
        parts = hint.partition(" /*+ ")
        if (
            not parts[2].startswith("OPTIONS ")
            or parts[0].upper().startswith(("INTO ", "OVERWRITE "))
            or not _in_plan(parts[2], before, after)
        ):
            why = f"the hint {parts[2]} is added or removed, and what that does to the state is not known"
            yield Finding(decision=Decision.UNKNOWN, why=why, restore=Restore.NONE)


def _in_plan(hint: str, before: ComparedJob, after: ComparedJob) -> bool:
    """Return whether the options of a hint are all seen at a source."""
    described = " ".join(node.description for job in (before, after) for node in job.sources())
    return all(f"{key}=" in described for key in re.findall(r"'([^']*)' =", hint))


def _operators(before: ComparedJob, after: ComparedJob) -> Iterator[Finding]:
    # Both at once, so that a plan that is not understood is found before any operator is judged by it.
    for job in (before, after):
        _ = job.pairs
    for operator_id, old in before.by_id.items():
        if not before.keeps_state(old):
            continue
        new = after.by_id.get(operator_id)
        finding = _unclaimed(old) if new is None else operator_finding(before, old, after, new)
        if finding:
            yield finding


def _unclaimed(old: Node) -> Finding:
    """Return the finding for state that no operator of the new job asks for; Flink refuses it unless told to leave it behind."""
    if old.kind == SOURCE:
        why = "the new job does not read it in this place, so its offsets are lost"
        return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.NONE)
    lost = {ML_PREDICT: "the rows that wait for an answer are lost"}.get(old.kind, "its state is lost")
    if old.kind in SINK_PARTS:
        lost = "nothing but the names of its transactions is lost"
    why = f"the new job has other operators before it, and Flink finds state by an operator's place in the job; {lost}"
    return Finding(decision=Decision.RESETS, operator=old.title, why=why, restore=Restore.IGNORE_UNCLAIMED)


def _with_consequence(verdict: Verdict, after: ComparedJob) -> Verdict:
    return Verdict(
        decision=verdict.decision, findings=verdict.findings, restore=verdict.restore, consequence=_consequence(verdict.restore, after)
    )


def _consequence(restore: Restore, after: ComparedJob) -> str:
    match restore:
        case Restore.STRICT:
            return "the job is restored with its whole state"
        case Restore.IGNORE_UNCLAIMED:
            return "the job is restored with the rest of its state: no record is read twice"
        case Restore.NONE:
            starts = [_start(after, node) for node in after.sources()]
            return "; ".join(["the job starts without state", *dict.fromkeys(starts)])


def _start(after: ComparedJob, node: Node) -> str:
    table = after.closure.tables.get(node.table)
    options = effective_options(node, table) if table and not table.opaque else None
    return start_without_state(node.table, options) if options else f"{node.title} starts where its table says"
