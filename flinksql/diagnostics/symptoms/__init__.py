"""What a job's failures say to people: the cause in one line, whether it is the same one again and again, and what helps."""

from flinksql.diagnostics.symptoms.kinds import HELPS, Symptom, advised, symptom_of
from flinksql.diagnostics.symptoms.repetition import Repetition, repetition, told

__all__ = ["HELPS", "Repetition", "Symptom", "advised", "repetition", "symptom_of", "told"]
