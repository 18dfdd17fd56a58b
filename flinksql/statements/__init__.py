"""The life of a statement on a cluster: what is recorded, wanted and seen becomes a plan, and its steps are taken."""

from flinksql.statements.approvals import PlannedChange
from flinksql.statements.describe import in_detail, in_one_line, is_plain_start
from flinksql.statements.failure_points import FailurePoint, Moment
from flinksql.statements.lifecycle import StatementLifecycle
from flinksql.statements.model_probe import ModelProbe, no_probe, probe_directly
from flinksql.statements.orphaned_jobs import Claims, was_submitted_here
from flinksql.statements.own_jobs import FOREIGN, OwnJobs, namesake
from flinksql.statements.renames import Former, Successor, successor
from flinksql.statements.situation import Recorded, Wanted
from flinksql.statements.state import identities, newest_state
from flinksql.statements.state_verdict import NOBODY_ANSWERED, kinds_verdict, refusal, verdict_line
from flinksql.statements.steps import Step, StepName
from flinksql.statements.undo import Undone, go_back, state_left_by
from flinksql.statements.values import HealthPolicy, LifecycleSettings, Observation, ObservedState, WrittenState

__all__ = [
    "FOREIGN",
    "NOBODY_ANSWERED",
    "Claims",
    "FailurePoint",
    "Former",
    "HealthPolicy",
    "LifecycleSettings",
    "ModelProbe",
    "Moment",
    "Observation",
    "ObservedState",
    "OwnJobs",
    "PlannedChange",
    "Recorded",
    "StatementLifecycle",
    "Step",
    "StepName",
    "Successor",
    "Undone",
    "Wanted",
    "WrittenState",
    "go_back",
    "identities",
    "in_detail",
    "in_one_line",
    "is_plain_start",
    "kinds_verdict",
    "namesake",
    "newest_state",
    "no_probe",
    "probe_directly",
    "refusal",
    "state_left_by",
    "successor",
    "verdict_line",
    "was_submitted_here",
]
