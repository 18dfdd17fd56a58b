"""Whether a changed job goes on from the state of the old one: what Flink would do with it, said before anything is touched.

Pure: two definitions and the plans that Flink's planner made of them, in; a verdict out. What is not positively recognised is unknown,
because Flink itself restores some changed queries silently and wrongly (measured on 2.1 and 2.2: another window, another aggregate).
"""

from flinksql.verdict.comparison import Planned, judge
from flinksql.verdict.plan import Plan, PlanError, read_plan
from flinksql.verdict.values import Decision, Finding, Restore, Verdict, unknown

__all__ = ["Decision", "Finding", "Plan", "PlanError", "Planned", "Restore", "Verdict", "judge", "read_plan", "unknown"]
