"""One word for what the entries say together."""

from collections.abc import Sequence
from enum import StrEnum

from modelgateway.extractive.entry import Entry
from modelgateway.extractive.libraries import polarity
from modelgateway.extractive.sentence import LEAST_GOOD, MOST_BAD

CLEAR_POLARITY = 0.05
"""VADER's own threshold between neutral and an opinion (README of vaderSentiment, "About the Scoring")."""
MIXED_SHARE = 0.25
"""From this share of the smaller side on, opinions count as divided. Chosen by judgement: one in four is more than a stray voice."""
LEXICON_CHARACTERS = 500
"""Read of an entry without a telling rating."""


class Sentiment(StrEnum):
    """The four words that the pipeline accepts."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"
    NEUTRAL = "neutral"


def overall(entries: Sequence[Entry]) -> Sentiment:
    """Find the sentiment of all entries, each counted once; neutral when none has an opinion."""
    opinions = [_opinion(entry) for entry in entries]
    positive, negative = opinions.count(1), opinions.count(-1)
    decided = positive + negative
    if decided == 0 or decided < opinions.count(0):
        return Sentiment.NEUTRAL
    if min(positive, negative) / decided >= MIXED_SHARE:
        return Sentiment.MIXED
    return Sentiment.POSITIVE if positive > negative else Sentiment.NEGATIVE


def _opinion(entry: Entry) -> int:
    """Return 1 for, -1 against, 0 neither: by the stars, or by the words if the stars are missing or in the middle."""
    if entry.rating is not None and entry.rating >= LEAST_GOOD:
        return 1
    if entry.rating is not None and entry.rating <= MOST_BAD:
        return -1
    score = polarity(entry.text[:LEXICON_CHARACTERS])
    return (score >= CLEAR_POLARITY) - (score <= -CLEAR_POLARITY)
