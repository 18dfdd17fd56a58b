"""The life of a statement on a cluster: validate, create, observe, update, repair, delete."""

from flinksql.lifecycle.lifecycle import StatementLifecycle
from flinksql.lifecycle.values import HealthPolicy, LifecycleSettings, Observation, ObservedState

__all__ = ["HealthPolicy", "LifecycleSettings", "Observation", "ObservedState", "StatementLifecycle"]
