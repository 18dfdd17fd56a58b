"""The untyped libraries behind typed doors, imported at the first use.

scikit-learn and vaderSentiment take about a second and 95 MB (measured), which a gateway in front of a real model must not pay.
"""

import importlib
from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast


class _SentimentAnalyzer(Protocol):
    def polarity_scores(self, text: str) -> dict[str, float]: ...


class _Segmenter(Protocol):
    def segment(self, text: str) -> list[str]: ...


class _Rows(Protocol):
    def tolist(self) -> list[list[float]]: ...


class _Matrix(Protocol):
    def transpose(self) -> "_Matrix": ...
    def __matmul__(self, other: "_Matrix") -> "_Matrix": ...
    def toarray(self) -> _Rows: ...


class _Vectorizer(Protocol):
    def fit_transform(self, texts: Sequence[str]) -> _Matrix: ...


def polarity(text: str) -> float:
    """How positive a sentence reads, from -1 to 1: VADER's compound score (Hutto and Gilbert, 2014)."""
    return _analyzer().polarity_scores(text)["compound"]


def segment(text: str) -> list[str]:
    """English sentences of a text as pysbd sees them; not always exact quotations of it."""
    return _segmenter().segment(text)


def similarities(sentences: Sequence[str]) -> list[list[float]]:
    """Cosine similarity of every pair of sentences by TF-IDF, from 0 to 1. Raises ValueError when no sentence holds a word."""
    vectors = _new_vectorizer().fit_transform(sentences)
    return (vectors @ vectors.transpose()).toarray().tolist()


@cache
def _analyzer() -> _SentimentAnalyzer:
    module = importlib.import_module("vaderSentiment.vaderSentiment")
    return cast("_SentimentAnalyzer", module.SentimentIntensityAnalyzer())


@cache
def _segmenter() -> _Segmenter:
    module = importlib.import_module("pysbd")
    return cast("_Segmenter", module.Segmenter(language="en", clean=False))


def _new_vectorizer() -> _Vectorizer:
    module = importlib.import_module("sklearn.feature_extraction.text")
    return cast("_Vectorizer", module.TfidfVectorizer(stop_words="english"))
