"""The committed samples as Kafka values."""

from tests.oracle.records import read_malformed_samples, read_samples
from tests.support.project import REPOSITORY

PLAIN = read_samples(REPOSITORY / "samples" / "reviews.jsonl")
MALFORMED = [value for _, value in read_malformed_samples(REPOSITORY / "samples" / "malformed.jsonl")]
