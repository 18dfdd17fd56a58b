"""Which sentences say most of what the others say: LexRank (Erkan and Radev, 2004), continuous form."""

from collections.abc import Sequence

from modelgateway.extractive.libraries import similarities

DAMPING = 0.85
ROUNDS = 30
"""Enough for the order of at most 120 sentences to settle: the rest after n rounds is 0.85 ** n."""


def most_central(sentences: Sequence[str], count: int) -> list[int]:
    """Indexes of the most central sentences, in the order of the text. Among equals the earlier one wins."""
    if len(sentences) <= count:
        return list(range(len(sentences)))
    try:
        weights = similarities(sentences)
    except ValueError:
        return list(range(count))
    scores = _rank(weights)
    # Rounded, so that the last bit of a sum does not decide between equals.
    order = sorted(range(len(sentences)), key=lambda index: (-round(scores[index], 9), index))
    return sorted(order[:count])


def _rank(weights: Sequence[Sequence[float]]) -> list[float]:
    """Power iteration over the similarities, each row scaled to a sum of one; a sentence like no other gives its share to all."""
    count = len(weights)
    # Without its likeness to itself: else a sentence like no other would keep all its weight and outrank the rest.
    weights = [[0.0 if column == row else weight for column, weight in enumerate(others)] for row, others in enumerate(weights)]
    sums = [sum(row) for row in weights]
    shares = [[weight / total for weight in row] if total else [1 / count] * count for row, total in zip(weights, sums, strict=True)]
    columns = list(zip(*shares, strict=True))
    scores = [1 / count] * count
    for _ in range(ROUNDS):
        scores = [
            (1 - DAMPING) / count + DAMPING * sum(share * score for share, score in zip(column, scores, strict=True)) for column in columns
        ]
    return scores
