"""Which records are reviews: the rule table, in plain Python, told here and nowhere else.

`sql/reviews/judged_reviews.sql` judges by the same table; nothing is shared between the two, so that one checks the other.
The first rule that a record breaks gives the reason.

| reason            | a record is accepted only if                                                                            |
|-------------------|---------------------------------------------------------------------------------------------------------|
| empty             | the Kafka value has at least one byte                                                                   |
| not_utf8          | the bytes are UTF-8                                                                                     |
| not_a_json_object | the text is one JSON object (RFC 8259: no NaN, no raw control characters, nothing after it but space)     |
| bad_review_id     | `review_id` is a string of at most 200 characters that shows something                                  |
| bad_product_id    | `product_id` is a string of at most 200 characters that shows something                                 |
| bad_rating        | `rating` is a JSON number that is 1 to 5 without a fraction (5 and 5e0; not 5.0, not "5", not true)      |
| bad_review_text   | `review_text` is a string that shows something                                                          |
| too_long          | `review_text` has at most 100,000 characters (Unicode code points)                                      |

A text shows something when it has a character that is no separator, no control and no format character (Unicode's Z, Cc and Cf).
Two more verdicts hang on the record's timestamp and not on its bytes: `bad_timestamp` (more than a minute ahead of the clock) and
`late` (its window is closed). Records that the broker stamps on arrival are neither.

`product_name` decides nothing. A scalar stands for itself as text, cut at 200 characters; missing, null, an object, a list or a text
that shows nothing: the product_id stands in.
Fields that are not named here are ignored. Of a field that comes twice the last one counts.

Outside of the table, because Flink's JSON parser (Jackson) has limits of its own and calls what is beyond them no JSON (measured on 2.2.1
and in its StreamReadConstraints): names over 50,000 characters, numbers over 1,000 digits, nesting over 1,000 levels.
No record is generated whose verdict hangs on these.
"""

import json
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

MAX_TEXT_CHARACTERS = 100_000
RATINGS = ("1", "2", "3", "4", "5")
MAX_NAME_CHARACTERS = 200
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
OK = "ok"


@dataclass(frozen=True, kw_only=True)
class Review:
    """An accepted record."""

    review_id: str
    product_id: str
    product_name: str
    rating: int
    review_text: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`reason` is `ok` exactly when there is a review."""

    reason: str
    review: Review | None = None


def judge(value: bytes) -> Verdict:
    """Judge one Kafka value by the table above."""
    if not value:
        return Verdict(reason="empty")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return Verdict(reason="not_utf8")
    fields = _parse_object(text)
    if fields is None:
        return Verdict(reason="not_a_json_object")
    reason = _first_broken_rule(fields)
    return Verdict(reason=reason, review=_to_review(fields) if reason == OK else None)


def _parse_object(text: str) -> dict[str, object] | None:
    try:
        # Decimal, because it keeps the digits as written: 5.0 and 5 differ, as they do in Flink.
        value = json.loads(text, parse_constant=_refuse, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _first_broken_rule(fields: dict[str, object]) -> str:
    review_text = fields.get("review_text")
    rules = {
        "bad_review_id": _is_name(fields.get("review_id")),
        "bad_product_id": _is_name(fields.get("product_id")),
        "bad_rating": _as_written(fields.get("rating")) in RATINGS,
        "bad_review_text": isinstance(review_text, str) and _shows_something(review_text),
        "too_long": isinstance(review_text, str) and len(review_text) <= MAX_TEXT_CHARACTERS,
    }
    return next((reason for reason, kept in rules.items() if not kept), OK)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_NAME_CHARACTERS and _shows_something(value)


def _shows_something(text: str) -> bool:
    return any(unicodedata.category(character) not in UNSEEN for character in text)


def _as_written(value: object) -> str:
    """Give the digits of a number, and nothing for all else."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def _to_review(fields: dict[str, object]) -> Review:
    return Review(
        review_id=str(fields["review_id"]),
        product_id=str(fields["product_id"]),
        product_name=_name(fields.get("product_name"), str(fields["product_id"])),
        rating=int(_as_written(fields["rating"])),
        review_text=str(fields["review_text"]),
    )


def _name(value: object, otherwise: str) -> str:
    if value is None or isinstance(value, dict | list):
        return otherwise
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    return text[:MAX_NAME_CHARACTERS] if _shows_something(text) else otherwise
