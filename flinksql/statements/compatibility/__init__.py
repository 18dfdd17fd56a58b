"""Whether a changed job can be restored from the state of the old one, decided before anything is touched.

Pure: two definitions and the plans that Flink's planner made of them, in; a verdict out. It stands on the compiled plan, which has every
row type and expression in full, and on the execution plan, which has the operators that run and so the ids of their state.
What is not positively recognised is unknown,
because Flink itself restores some changed queries silently and wrongly (measured on 2.1 and 2.2: another window, another aggregate).
"""

from flinksql.statements.compatibility.comparison import Planned, judge
from flinksql.statements.compatibility.compiled import Compiled, read_compiled
from flinksql.statements.compatibility.plan import Plan, PlanError, read_plan
from flinksql.statements.compatibility.values import Decision, Finding, Restore, Verdict, unknown

__all__ = [
    "Compiled",
    "Decision",
    "Finding",
    "Plan",
    "PlanError",
    "Planned",
    "Restore",
    "Verdict",
    "judge",
    "read_compiled",
    "read_plan",
    "unknown",
]
