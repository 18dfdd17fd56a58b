"""Every situation that a statement's plan is made for: what is recorded, what is wanted, and what Flink has. And their picture.

`python -m tests.unit.flinksql.statements.plan_situations` writes docs/statement-plan.md anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from flinksql.policy import DeleteMode, Policy, UpgradeMode
from flinksql.sql import definition_hash
from flinksql.statement import Definition, Deployed, Kind, Statement
from flinksql.statements.plan import depends_on_saved_state, plan
from flinksql.statements.situation import Life, Recorded, Saved, SavedState, Seen, SeenJob, Wanted
from flinksql.statements.steps import RollBack, Step, StepName, Submit, otherwise

DOCUMENT = Path("docs/statement-plan.md")
THEIR_JOB = "hand"
NAMED, KEPT = "file:/named", "file:/kept"


def definition(text: str, policy: Policy | None = None, kind: Kind = Kind.JOB) -> Definition:
    """Return a definition of the one statement that all situations are about."""
    statement = Statement(name="copy", kind=kind, text=text, file="sql/copy.sql")
    return Definition(statement=statement, job_name="p/s/copy", policy=policy or Policy())


PAUSED = Policy(running=False)
OLD = definition("INSERT INTO snk SELECT a FROM src")
NEW = definition("INSERT INTO snk SELECT b FROM src")
OLD_HASH, NEW_HASH = definition_hash(OLD), definition_hash(NEW)
THIRD_HASH = "third"

RECORDED: Mapping[str, Recorded] = {
    "nothing": Recorded(),
    "the same": Recorded(definition=NEW, deployed=Deployed(definition_hash=NEW_HASH, generation=1, job_id="new")),
    "the same, paused": Recorded(definition=replace(NEW, policy=PAUSED), deployed=Deployed(definition_hash=NEW_HASH, savepoint=KEPT)),
    "another": Recorded(definition=OLD, deployed=Deployed(definition_hash=OLD_HASH, generation=1, job_id="old")),
    "another, paused": Recorded(definition=replace(OLD, policy=PAUSED), deployed=Deployed(definition_hash=OLD_HASH, savepoint=KEPT)),
}
WANTED: Mapping[str, Wanted] = {
    "a job": Wanted(definition=NEW),
    "a job without the state before": Wanted(definition=replace(NEW, policy=Policy(upgrade_mode=UpgradeMode.STATELESS))),
    "a job that may lose its state": Wanted(definition=replace(NEW, policy=Policy(allow_state_reset=True))),
    "a job from `restore_from`": Wanted(definition=replace(NEW, policy=Policy(restore_from=NAMED))),
    "the job of `adopt_job`": Wanted(definition=replace(NEW, policy=Policy(adopt_job=THEIR_JOB))),
    "a bounded job": Wanted(definition=replace(NEW, statement=replace(NEW.statement, kind=Kind.BOUNDED_JOB))),
    "no job (`running: false`)": Wanted(definition=replace(NEW, policy=PAUSED)),
    "nothing": Wanted(definition=NEW, deleted=True),
    "nothing, with a savepoint": Wanted(definition=replace(NEW, policy=Policy(delete_mode=DeleteMode.SAVEPOINT)), deleted=True),
    "a catalog object": Wanted(definition=definition("CREATE VIEW v AS SELECT a FROM src", kind=Kind.CATALOG_OBJECT)),
}


def job(job_id: str, life: Life, digest: str = "", *, savepointless: bool = False) -> SeenJob:
    """Return a job under the statement's name."""
    return SeenJob(job_id=job_id, life=life, definition=digest, savepointless=savepointless)


JOBS: Mapping[str, tuple[SeenJob, ...]] = {
    "no job": (),
    "the wanted job, well": (job("new", Life.WELL, NEW_HASH),),
    "the wanted job, ailing": (job("new", Life.AILING, NEW_HASH),),
    "the wanted job and another": (job("new", Life.WELL, NEW_HASH), job("third", Life.WELL, THIRD_HASH)),
    "the wanted job, finished": (job("new", Life.FINISHED, NEW_HASH),),
    "the wanted job, failed": (job("new", Life.FAILED, NEW_HASH),),
    "the recorded job, well": (job("old", Life.WELL, OLD_HASH),),
    "the recorded job, well, and somebody else's": (job("theirs", Life.WELL), job("old", Life.WELL, OLD_HASH)),
    "the recorded job, ailing": (job("old", Life.AILING, OLD_HASH),),
    "the recorded job, which gave no savepoint": (job("old", Life.WELL, OLD_HASH, savepointless=True),),
    "the recorded job, cancelled": (job("old", Life.CANCELLED, OLD_HASH),),
    "the recorded job, failed": (job("old", Life.FAILED, OLD_HASH),),
    "a third definition's job, well": (job("third", Life.WELL, THIRD_HASH),),
    "somebody else's job, well": (job("theirs", Life.WELL),),
}
SAVED: Mapping[str, Saved] = {
    "of the recorded job": Saved(forward=SavedState(path="file:/old", writer=OLD_HASH), back=SavedState(path="file:/old", writer=OLD_HASH)),
    "newer, of the wanted job": Saved(
        forward=SavedState(path="file:/new", writer=NEW_HASH), back=SavedState(path="file:/old", writer=OLD_HASH)
    ),
    "of a newer Flink": Saved(
        forward=SavedState(path="file:/old", writer=OLD_HASH, flink_line="2.2"),
        back=SavedState(path="file:/old", writer=OLD_HASH, flink_line="2.2"),
    ),
    "none, for certain": Saved(),
    "not known": Saved(forward=SavedState(certain=False), back=SavedState(certain=False)),
}
KNOWN_ONLY_TO_A_RECORD = "the recorded job"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One row: names, values, and the plan."""

    wanted: str
    recorded: str
    jobs: str
    saved: str = ""

    @property
    def values(self) -> tuple[Recorded, Wanted, Seen]:
        """What `plan` takes."""
        seen = Seen(jobs=JOBS[self.jobs], saved=SAVED[self.saved] if self.saved else Saved(), flink_line="2.1")
        return RECORDED[self.recorded], WANTED[self.wanted], seen

    @property
    def steps(self) -> tuple[Step, ...]:
        """The plan."""
        return plan(*self.values)

    def __str__(self) -> str:
        return ", ".join(filter(None, (f"{self.wanted} <- {self.recorded}", self.jobs, self.saved)))


def situations() -> Iterator[Situation]:
    """Give all of them. What was saved is told apart only where a plan may depend on it."""
    for wanted, after in WANTED.items():
        for recorded, before in RECORDED.items():
            for jobs, seen in JOBS.items():
                if jobs.startswith(KNOWN_ONLY_TO_A_RECORD) and OLD_HASH not in before.hashes:
                    continue
                one = Situation(wanted=wanted, recorded=recorded, jobs=jobs)
                if depends_on_saved_state(before, after, seen):
                    yield from (replace(one, saved=saved) for saved in SAVED)
                else:
                    yield one


def in_short(steps: Sequence[Step]) -> str:
    """Return steps as the table shows them; what follows a failure stands in brackets."""
    return " → ".join(_short(one) for one in steps)


def _short(one: Step) -> str:
    branch = otherwise(one)
    return f"{one.name}{_start(one)}{f' [{in_short(branch)}]' if branch else ''}"


def _start(one: Step) -> str:
    if not isinstance(one, Submit | RollBack):
        return ""
    return f" from {one.path or one.start}"


Row = tuple[str, str, str, str]


def table() -> str:
    """Return the table of all plans. A job's variants show only what differs from the plain one."""
    plain: dict[tuple[str, str, str], str] = {}
    sections: list[str] = []
    for wanted, of_wanted in groupby(situations(), key=lambda one: one.wanted):
        plans = {(one.recorded, one.jobs, one.saved): in_short(one.steps) for one in of_wanted}
        shown = {key: steps for key, steps in plans.items() if plain.get(key) != steps}
        plain = plain or plans
        head = [f"### Wanted: {wanted}", "", "| recorded | jobs seen | state found | steps |", "|---|---|---|---|"]
        sections.append("\n".join([*head, *(f"| {' | '.join(row)} |" for row in _rows(shown))]))
    return "\n\n".join(sections)


def _rows(plans: Mapping[tuple[str, str, str], str]) -> Iterator[Row]:
    """Put situations of one plan on one row, first those that differ in the state found, then in the jobs, then in what is recorded."""
    by_saved: dict[Row, list[str]] = {}
    for (recorded, jobs, saved), steps in plans.items():
        by_saved.setdefault((recorded, jobs, "", steps), []).append(saved)
    by_jobs: dict[Row, list[str]] = {}
    for (recorded, jobs, _, steps), saved_ones in by_saved.items():
        saved = "any" if len(saved_ones) == len(SAVED) else "; ".join(saved_ones)
        by_jobs.setdefault((recorded, "", saved, steps), []).append(jobs)
    by_recorded: dict[Row, list[str]] = {}
    for (recorded, _, saved, steps), jobs_seen in by_jobs.items():
        by_recorded.setdefault(("", "; ".join(jobs_seen), saved, steps), []).append(recorded)
    for (_, jobs, saved, steps), recorded_ones in by_recorded.items():
        yield "; ".join(recorded_ones), jobs, saved, steps


def diagram() -> str:
    """Return which step can follow which, as a Mermaid flowchart: solid after success, dotted after a failure."""
    solid: set[tuple[str, str]] = set()
    dotted: set[tuple[str, str]] = set()
    for one in situations():
        _add(one.steps, "look", "done", solid, dotted)
    edges = [f"    {_node(a)} --> {_node(b)}" for a, b in sorted(solid)] + [f"    {_node(a)} -.-> {_node(b)}" for a, b in sorted(dotted)]
    return "\n".join(["```mermaid", "flowchart TD", *edges, "```"])


def _add(steps: Sequence[Step], begin: str, end: str, solid: set[tuple[str, str]], dotted: set[tuple[str, str]]) -> None:
    names = [str(one.name) for one in steps]
    last = {StepName.LOOK_AGAIN: "look", StepName.REFUSE: "error"}.get(steps[-1].name, end)
    solid.update(pairwise([*filter(None, [begin]), *names, last]))
    for one in steps:
        branch = otherwise(one)
        if branch:
            dotted.add((str(one.name), str(branch[0].name)))
            _add(branch, "", "error", solid, dotted)


def _node(name: str) -> str:
    key = name.replace("-", "_")
    return f"{key}([{name}])" if name in {"look", "done", "error"} else f"{key}[{name}]"


def document() -> str:
    """Return the whole of docs/statement-plan.md."""
    return f"{_PREFACE}{diagram()}\n\n{_BEFORE_TABLE}{table()}\n"


_PREFACE = """# A statement's life: the plan

<!-- Written by `python -m tests.unit.flinksql.statements.plan_situations`; a test compares it with the code. -->

`plan(recorded, wanted, seen)` in [`plan.py`](../flinksql/statements/plan.py) is a pure function. *Recorded* is what the last `up` wrote
down, *wanted* is what the file says, *seen* is one look at Flink. A preview prints its steps, and `up` takes them
([ADR 0046](adr/0046-a-plan-and-one-executor.md)). A run that was killed leaves a situation of this table like any other.

## Which step follows which

Dotted: when the step before fails as foreseen. `look` makes a new plan; `error` ends `up` with the reason.

"""
_BEFORE_TABLE = """| step | what it does |
|---|---|
| prove | the planner checks the statement |
| prepare | the session for the submission is opened, the planner checks the statement, its models are asked. Nothing that runs is touched |
| stop-with-savepoint | the job is stopped, and writes its state; one that fails again and again gives none |
| look-again | a new look and a new plan, knowing that the job gives no savepoint |
| cancel | what runs under the name is cancelled, and has ended |
| find-state | the newest savepoint or retained checkpoint is found, now that nothing writes |
| submit | the wanted job is submitted |
| watch | it becomes healthy, or finishes |
| keep, adopt, pause, forget | what is so now is recorded |
| discard | the job that did not become healthy is cancelled |
| roll-back, watch-old | the recorded definition is submitted again from its own state, and watched |
| refuse | nothing is done, and the reason is said |

## All plans

What follows a failure stands in brackets. State is looked for only where the plan depends on it. A job that is wanted in another way
shows only the plans that differ from those of a plain one. A job that ran before and completed a checkpoint of its own is not discarded:
`up` fails and leaves it as it is.

"""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
