"""A summary as it stands in Kafka, of either bundle. The article's has the model's answer as text only; ours has its fields too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One record of the summary topic. `fields` is the record as it stands there."""

    product_id: str
    product_name: str
    review_count: int
    average_rating: float | None
    negative: int
    positive: int
    sentiment: str
    text: str
    fields: Mapping[str, Any]


def parse_summary(value: bytes | None) -> Summary | None:
    """Read a record; None when it is not a JSON object (a foreign record in the topic)."""
    try:
        fields = json.loads(value or b"")
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    answer = _answer(fields)
    return Summary(
        product_id=str(fields.get("product_id") or ""),
        product_name=str(fields.get("product_name") or ""),
        review_count=_whole(fields.get("review_count")),
        average_rating=fields["average_rating"] if isinstance(fields.get("average_rating"), int | float) else None,
        negative=_whole(fields.get("negative_reviews")),
        positive=_whole(fields.get("positive_reviews")),
        sentiment=str(fields.get("sentiment") or answer.get("sentiment") or ""),
        text=str(fields.get("summary") or answer.get("summary") or fields.get("llm_summary") or ""),
        fields=fields,
    )


def _answer(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        answer = json.loads(str(fields.get("llm_summary") or "{}"))
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
