"""Sentences of entries, each an exact quotation, with what it says for or against the product."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from modelgateway.extractive.entry import Entry
from modelgateway.extractive.libraries import polarity, segment

MAX_SENTENCES = 120
"""Looked at in one request: centrality compares every pair."""
MAX_SENTENCE_CHARACTERS = 240
"""Quoted of one sentence. VADER's time grows with the square of the length (2 s for 33,000 characters, measured)."""
RATING_WEIGHT = 0.4
"""What the stars add to a sentence's own polarity, chosen so that `Broke after a week.` of a two-star entry counts as a complaint though
the lexicon knows no word of it."""
MOST_BAD = 2.0
"""Stars up to which an entry is a bad one."""
LEAST_GOOD = 4.0
"""Stars from which an entry is a good one."""

_ROUGH_END = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """`stance` is above zero for praise and below for complaint, from -1.4 to 1.4; `polarity` is the sentence's own share, -1 to 1.

    `rating` is that of its entry, None where it has none.
    """

    text: str
    stance: float
    polarity: float
    rating: float | None

    @property
    def may_praise(self) -> bool:
        """Whether praise in it is the product's strength. In an entry of two stars or less it is a sarcasm or a consolation."""
        return self.rating is None or self.rating > MOST_BAD


def read_sentences(entries: Sequence[Entry]) -> list[Sentence]:
    """Take the sentences of all entries in order, at most MAX_SENTENCES."""
    sentences: list[Sentence] = []
    for entry in entries:
        if len(sentences) >= MAX_SENTENCES:
            break
        sentences += [_judge(text, entry.rating) for text in _split(entry.text)]
    return sentences[:MAX_SENTENCES]


def _judge(text: str, rating: float | None) -> Sentence:
    own = polarity(text)
    middle, half_range = 3.0, 2.0
    from_rating = 0.0 if rating is None else RATING_WEIGHT * (rating - middle) / half_range
    return Sentence(text=text, stance=round(own + from_rating, 6), polarity=own, rating=rating)


def _split(text: str) -> list[str]:
    parts = [part.strip() for part in segment(text)] if text else []
    if not _cover(parts, text):
        # pysbd works with stand-in characters inside; of a text that holds one of them (a note, a telephone) whole sentences are missing.
        parts = _ROUGH_END.split(text)
    return [shorten(part, MAX_SENTENCE_CHARACTERS) for part in parts if any(character.isalnum() for character in part)]


def _cover(parts: Sequence[str], text: str) -> bool:
    """Return whether the parts, one after another, are the whole text, white space aside."""
    return "".join("".join(parts).split()) == "".join(text.split())


def shorten(text: str, limit: int) -> str:
    """Return the text itself, or its beginning up to a word's end with an ellipsis, `limit` characters in all."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > limit // 2 else head).rstrip() + "…"
