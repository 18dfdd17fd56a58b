"""Taking the pipeline's text apart.

The production form is a JSON array, `[{"rating":5,"review":"Great sound."}]`: no text can pass for two. The article's form is
`Rating: 5. Review: Great sound. | Rating: 2. Review: Broke after a week.`; there a review that holds the separator looks like two.
"""

import json
import re
import unicodedata
from dataclasses import dataclass

MAX_INPUT_CHARACTERS = 20_000
"""Read of one request; what follows is not looked at. Half a second of work; the pipeline sends fewer."""
MAX_REVIEW_CHARACTERS = 2_000
"""Read of one review, as the pipeline cuts it too."""

_START_OF_REVIEW = re.compile(r"(?:^|\s\|\s)Rating:\s*(?P<rating>\d+(?:\.\d+)?)\.\s*Review:", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Review:
    """One review. `rating` runs from 1 to 5, or is None where the text names none or another number."""

    rating: float | None
    text: str


def read_reviews(text: str) -> list[Review]:
    """Split an input into its reviews, in order; it is one review when it is in neither form. Empty texts stay as reviews."""
    listed = _listed(text)
    return _separated(text[:MAX_INPUT_CHARACTERS]) if listed is None else listed


def _listed(text: str) -> list[Review] | None:
    """Read the production form; None when it is something else, or too long to be the pipeline's."""
    try:
        rows = json.loads(text) if len(text) <= MAX_INPUT_CHARACTERS else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("review"), str) for row in rows):
        return None
    return [_review(_rating(row.get("rating")), _clean(row["review"])) for row in rows]


def _separated(text: str) -> list[Review]:
    text = _clean(text)
    if not text:
        return []
    starts = list(_START_OF_REVIEW.finditer(text))
    if not starts:
        return [_review(None, text)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    before = text[: starts[0].start()].strip()
    reviews = [_review(_rating(float(start["rating"])), text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]
    return [_review(None, before), *reviews] if before else reviews


def _review(rating: float | None, text: str) -> Review:
    return Review(rating=rating, text=text[:MAX_REVIEW_CHARACTERS].strip())


def _rating(value: object) -> float | None:
    lowest, highest = 1, 5
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if lowest <= value <= highest else None


def _clean(text: str) -> str:
    """Control characters, halves of surrogate pairs and runs of white space become one space: nothing else is changed."""
    kept = "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)
    return _SPACES.sub(" ", kept).strip()
