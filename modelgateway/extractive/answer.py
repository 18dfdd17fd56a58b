"""The answer of the offline model: the fields that the prompt asks for, or a plain text."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelgateway.extractive.entry import read_entries
from modelgateway.extractive.libraries import similarities
from modelgateway.extractive.prompt import fields_asked_for
from modelgateway.extractive.sentence import LEAST_GOOD, MOST_BAD, Sentence, read_sentences
from modelgateway.extractive.sentiment import Sentiment, overall

_BY_MATTER: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), action)
    for words, action in (
        (
            r"smok\w*|burn\w*|overheat\w*|fire|shock\w*|danger\w*|unsafe",
            "Check the complaints about safety first and stop sales if they hold.",
        ),
        (
            r"broke\w*|break\w*|crack\w*|snap\w*|fell apart|stopped working|died|dead|defect\w*|leak\w*",
            "Look into durability: find the part that fails and when.",
        ),
        (r"batter\w+|charg\w+", "Look into battery life and charging."),
        (r"bluetooth|app|connect\w*|pair\w*|firmware|software|wifi|wi-fi", "Look into the connection and the software."),
        (r"sound|noise|loud|microphone|mic|hiss\w*|rattl\w*", "Look into sound and noise."),
        (r"comfort\w*|uncomfortable|fit|fits|tight|heavy|hurt\w*|size", "Look into fit and comfort."),
        (r"deliver\w*|shipp\w*|packag\w*|arrived|late", "Look into delivery and packaging."),
        (r"support|service|refund\w*|warranty|return\w*", "Look into how customer service answers."),
        (r"instructions?|manual|assembl\w*|setup", "Improve the instructions."),
        (r"price|expensive|overpriced|money|cost\w*", "Compare the price with what it buys elsewhere."),
    )
)
_BY_SENTIMENT = {
    Sentiment.POSITIVE: "Keep the quality and show the praised strengths in the product description.",
    Sentiment.NEGATIVE: "Read the quoted complaints and find their common cause.",
    Sentiment.MIXED: "Keep the praised strengths and mend what the quoted complaints name.",
    Sentiment.NEUTRAL: "Collect more feedback before acting.",
}


def recommend(sentiment: Sentiment, complaints: Sequence[str]) -> str:
    """Return one action. Earlier rows of the table win, so that safety comes before comfort."""
    text = "\n".join(complaints)
    return next((action for matter, action in _BY_MATTER if matter.search(text)), _BY_SENTIMENT[sentiment])


MAX_QUOTATIONS = 3
SUMMARY_SENTENCES = 2
CLEAR_STANCE = 0.2
"""A two-star or four-star entry's sentence without a word of the lexicon just counts."""
NOTHING_TO_SUMMARISE = "There is no text to summarise."


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that the summariser can say about its input."""

    sentiment: Sentiment
    key_strengths: list[str]
    key_complaints: list[str]
    summary: str
    recommended_action: str


_FIELDS: dict[str, Callable[[Findings], object]] = {
    "sentiment": lambda findings: findings.sentiment.value,
    "key_strengths": lambda findings: findings.key_strengths,
    "key_complaints": lambda findings: findings.key_complaints,
    "summary": lambda findings: findings.summary,
    "recommended_action": lambda findings: findings.recommended_action,
}


def answer(instructions: str, text: str, *, wants_json: bool) -> str:
    """Answer a prompt.

    `instructions` is the system prompt. Where it lists fields, the answer is a JSON object with exactly these; a field that this model does
    not know is null, so that a reader sees it was asked for and not answered. Without a list the answer is the summary as plain text, or
    all five known fields when `wants_json`.
    """
    fields = fields_asked_for(instructions) or (tuple(_FIELDS) if wants_json else ())
    findings = find(text)
    if not fields:
        return findings.summary
    return json.dumps({name: _FIELDS[name](findings) if name in _FIELDS else None for name in fields}, ensure_ascii=False)


def find(text: str) -> Findings:
    """Read the entries. Any text is an input, the empty one too."""
    entries = [entry for entry in read_entries(text) if entry.text]
    sentences = read_sentences(entries)
    sentiment = overall(entries)
    complaints = _strongest([sentence for sentence in sentences if sentence.stance <= -CLEAR_STANCE])
    return Findings(
        sentiment=sentiment,
        key_strengths=_strongest([sentence for sentence in sentences if sentence.stance >= CLEAR_STANCE and sentence.may_praise]),
        key_complaints=complaints,
        summary=_summary(sentences, sentiment),
        recommended_action=recommend(sentiment, complaints),
    )


def _strongest(sentences: Sequence[Sentence]) -> list[str]:
    """Choose the clearest sentences, each once; among equals the earlier one."""
    chosen: dict[str, str] = {}
    for sentence in sorted(sentences, key=lambda sentence: -abs(sentence.stance)):
        chosen.setdefault(sentence.text.casefold(), sentence.text)
    return list(chosen.values())[:MAX_QUOTATIONS]


def _summary(sentences: Sequence[Sentence], sentiment: Sentiment) -> str:
    """Quote what says most of what the others say; of divided opinions, one sentence from each side, in the order of the text.

    A side whose sentences have no word of the lexicon speaks by its stars.
    """
    if sentiment is Sentiment.MIXED:
        praise = _central(sentences, lambda one: one.stance > 0 and one.may_praise, 1) or _central(sentences, _of_a_good_entry, 1)
        blame = _central([one for one in sentences if one.text not in praise], lambda one: one.stance < 0, 1)
        blame = blame or _central([one for one in sentences if one.text not in praise], _of_a_bad_entry, 1)
        sides = praise + blame
        if len(sides) == SUMMARY_SENTENCES:
            order = [sentence.text for sentence in sentences]
            return " ".join(sorted(sides, key=order.index))
    return " ".join(_central(sentences, lambda _one: True, SUMMARY_SENTENCES)) or NOTHING_TO_SUMMARISE


def _of_a_good_entry(sentence: Sentence) -> bool:
    return sentence.rating is not None and sentence.rating >= LEAST_GOOD


def _of_a_bad_entry(sentence: Sentence) -> bool:
    return sentence.rating is not None and sentence.rating <= MOST_BAD


def _central(sentences: Sequence[Sentence], chosen: Callable[[Sentence], bool], count: int) -> list[str]:
    texts = list(dict.fromkeys(sentence.text for sentence in sentences if chosen(sentence)))
    return [texts[index] for index in most_central(texts, count)]


DAMPING = 0.85
ROUNDS = 30
"""Enough for the order of at most 120 sentences to settle: the rest after n rounds is 0.85 ** n."""


def most_central(sentences: Sequence[str], count: int) -> list[int]:
    """Return the indexes of the most central sentences, in the order of the text. Among equals the earlier one wins."""
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
    """Return scores by power iteration over the similarities. A sentence like no other gives its share to all."""
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
