"""The life of a statement on a cluster: validate, create, observe, update, repair, delete."""

from flinksql.lifecycle.failure_points import FailurePoint
from flinksql.lifecycle.lifecycle import StatementLifecycle
from flinksql.lifecycle.model_probe import ModelProbe, no_probe, probe_directly
from flinksql.lifecycle.values import HealthPolicy, LifecycleSettings, Observation, ObservedState, Restore

__all__ = [
    "FailurePoint",
    "HealthPolicy",
    "LifecycleSettings",
    "ModelProbe",
    "Observation",
    "ObservedState",
    "Restore",
    "StatementLifecycle",
    "no_probe",
    "probe_directly",
]
