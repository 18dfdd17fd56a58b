"""The committed samples as Kafka values."""

import json

from tests.oracle.records import read_malformed_samples, read_samples
from tests.support.project import REPOSITORY

PLAIN = read_samples(REPOSITORY / "samples" / "reviews.jsonl")
MALFORMED = [value for _, value in read_malformed_samples(REPOSITORY / "samples" / "malformed.jsonl")]


def review(product: str, text: str) -> bytes:
    """Return a valid review of four stars."""
    fields = {"review_id": f"r-{product}", "product_id": product, "product_name": product, "rating": 4, "review_text": text}
    return json.dumps(fields).encode()
