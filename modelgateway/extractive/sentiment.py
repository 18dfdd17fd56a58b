"""One word for what the reviews say together."""

from collections.abc import Sequence
from enum import StrEnum

from modelgateway.extractive.libraries import polarity
from modelgateway.extractive.review import Review
from modelgateway.extractive.sentence import LEAST_GOOD, MOST_BAD

CLEAR_POLARITY = 0.05
"""VADER's own threshold between neutral and an opinion (README of vaderSentiment, "About the Scoring")."""
MIXED_SHARE = 0.25
"""From this share of the smaller side on, opinions count as divided. Chosen by judgement: one in four is more than a stray voice."""
LEXICON_CHARACTERS = 500
"""Read of a review without a telling rating."""


class Sentiment(StrEnum):
    """The four words that the pipeline accepts."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"
    NEUTRAL = "neutral"


def overall(reviews: Sequence[Review]) -> Sentiment:
    """Find the sentiment of all reviews, each counted once; neutral when none has an opinion."""
    opinions = [_opinion(review) for review in reviews]
    positive, negative = opinions.count(1), opinions.count(-1)
    decided = positive + negative
    if decided == 0 or decided < opinions.count(0):
        return Sentiment.NEUTRAL
    if min(positive, negative) / decided >= MIXED_SHARE:
        return Sentiment.MIXED
    return Sentiment.POSITIVE if positive > negative else Sentiment.NEGATIVE


def _opinion(review: Review) -> int:
    """1 for, -1 against, 0 neither: by the stars, and by the words where the stars are missing or in the middle."""
    if review.rating is not None and review.rating >= LEAST_GOOD:
        return 1
    if review.rating is not None and review.rating <= MOST_BAD:
        return -1
    score = polarity(review.text[:LEXICON_CHARACTERS])
    return (score >= CLEAR_POLARITY) - (score <= -CLEAR_POLARITY)
