"""Taking an input apart into its entries: texts by many people about one thing, with or without a rating.

A JSON array of objects is read first: no text can pass for two. In each object the longest text is the entry, whatever it is called, and
`rating` its rating: `[{"rating":5,"comment":"Great sound."}]`. Else `Rating: 5. Comment: Great sound. | Rating: 2. Comment: Broke.` is
read, with any word for the text; there an entry that holds the separator looks like two.
"""

import json
import re
import unicodedata
from dataclasses import dataclass

MAX_INPUT_CHARACTERS = 20_000
"""Read of one request; what follows is not looked at. Half a second of work."""
MAX_ENTRY_CHARACTERS = 2_000
"""Read of one entry."""

_START_OF_ENTRY = re.compile(r"(?:^|\s\|\s)Rating:\s*(?P<rating>\d+(?:\.\d+)?)\.\s*[A-Za-z]+:", re.IGNORECASE)
_RATING = "rating"
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry. `rating` runs from 1 to 5, or is None where the text names none or another number."""

    rating: float | None
    text: str


def read_entries(text: str) -> list[Entry]:
    """Split an input into its entries, in order; it is one entry when it is in neither form. Empty texts stay as entries."""
    listed = _listed(text)
    return _separated(text[:MAX_INPUT_CHARACTERS]) if listed is None else listed


def _listed(text: str) -> list[Entry] | None:
    """Read a JSON array; None when it is something else, or too long."""
    try:
        rows = json.loads(text) if len(text) <= MAX_INPUT_CHARACTERS else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    texts = [[value for name, value in row.items() if isinstance(value, str) and name != _RATING] for row in rows]
    if not all(texts):
        return None
    return [_entry(_rating(row.get(_RATING)), _clean(max(found, key=len))) for row, found in zip(rows, texts, strict=True)]


def _separated(text: str) -> list[Entry]:
    text = _clean(text)
    if not text:
        return []
    starts = list(_START_OF_ENTRY.finditer(text))
    if not starts:
        return [_entry(None, text)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    before = text[: starts[0].start()].strip()
    entries = [_entry(_rating(float(start["rating"])), text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]
    return [_entry(None, before), *entries] if before else entries


def _entry(rating: float | None, text: str) -> Entry:
    return Entry(rating=rating, text=text[:MAX_ENTRY_CHARACTERS].strip())


def _rating(value: object) -> float | None:
    lowest, highest = 1, 5
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if lowest <= value <= highest else None


def _clean(text: str) -> str:
    """Replace control characters, halves of surrogate pairs and runs of white space by one space."""
    kept = "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)
    return _SPACES.sub(" ", kept).strip()
