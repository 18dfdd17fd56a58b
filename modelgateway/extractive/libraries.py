"""The untyped libraries behind typed doors, imported at the first use.

The sentiment lexicon and the segmenter take time and memory that a gateway in front of a real model must not pay.
"""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

from rapidfuzz.distance import Indel

_WORD = re.compile(r"\w+")
_CONTENT_WORD = 4
"""Shorter words are mostly determiners, pronouns and prepositions."""


class _SentimentAnalyzer(Protocol):
    def polarity_scores(self, text: str) -> dict[str, float]: ...


class _Segmenter(Protocol):
    def segment(self, text: str) -> list[str]: ...


def polarity(text: str) -> float:
    """Return how positive a sentence is, from -1 to 1: VADER's compound score (Hutto and Gilbert, 2014)."""
    return _analyzer().polarity_scores(text)["compound"]


def segment(text: str) -> list[str]:
    """Return the English sentences of a text as pysbd finds them; not always exact quotations."""
    return _segmenter().segment(text)


def similarities(sentences: Sequence[str]) -> list[list[float]]:
    """Return how similar sentences are, from 0 to 1: twice their common content words by the sum of both (Dice, 1945).

    The indel distance over sorted words without repetition is just that. Raises ValueError when no sentence holds a content word.
    """
    words = [sorted({word for word in _WORD.findall(sentence.casefold()) if len(word) >= _CONTENT_WORD}) for sentence in sentences]
    if not any(words):
        raise ValueError("no sentence holds a content word")
    return [[Indel.normalized_similarity(one, other) if one and other else 0.0 for other in words] for one in words]


@cache
def _analyzer() -> _SentimentAnalyzer:
    module = importlib.import_module("vaderSentiment.vaderSentiment")
    return cast("_SentimentAnalyzer", module.SentimentIntensityAnalyzer())


@cache
def _segmenter() -> _Segmenter:
    module = importlib.import_module("pysbd")
    return cast("_Segmenter", module.Segmenter(language="en", clean=False))
