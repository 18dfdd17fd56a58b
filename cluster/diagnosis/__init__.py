"""Why something in a cluster is not ready: what it waits for, and whether waiting can help."""

from cluster.diagnosis.finding import Finding, Situation
from cluster.diagnosis.subject import Subject
from cluster.diagnosis.watch import Diagnosis

__all__ = ["Diagnosis", "Finding", "Situation", "Subject"]
