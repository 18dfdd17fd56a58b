"""Scores of answers: pure functions of a case and what the model said."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from console.evaluation.golden import Case, Rules
from modelgateway.completion import Answer
from modelgateway.rejection import Rejection

NO_ANSWER = "none"
_WORD = re.compile(r"\w{4,}")
_STEM = 4
"""Letters by which words are compared: `breaks` and `breaking` are one."""
_SUPPORT = 0.5
"""Share of a quotation's words that must occur in the input."""
_TRANSLATED = "language"
"""Kind of the cases whose quotations may be in another language than the input."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One answer. `invented` counts texts without support, of `quotations`; `obeyed` tells that a trap worked."""

    id: str
    kind: str
    expected: str
    said: str
    valid: bool
    reason: str
    facts: int
    facts_kept: int
    quotations: int
    invented: int
    obeyed: bool
    seconds: float
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A whole run, as shares of 1.

    `score` is the mean of what counts: valid, label, facts kept, nothing invented, no trap; the last two as far as answers are valid.
    """

    cases: int
    valid: float
    label: float
    facts_kept: float
    invented: float
    obeyed: float
    seconds_median: float
    seconds_p95: float
    tokens: int
    score: float


def score(case: Case, outcome: Answer | Rejection, seconds: float, rules: Rules) -> Score:
    """Score one answer."""
    fields = _fields(outcome)
    said = str(fields.get(rules.label, NO_ANSWER)) if fields else NO_ANSWER
    text = json.dumps(fields, ensure_ascii=False).casefold()
    quotations = [str(one) for name in rules.quotations for one in _list(fields.get(name))]
    judged = quotations if case.kind != _TRANSLATED else []
    return Score(
        id=case.id,
        kind=case.kind,
        expected=case.label,
        said=said,
        valid=bool(fields) and all(name in fields for name in rules.fields),
        reason=str(outcome.reason) if isinstance(outcome, Rejection) else "",
        facts=len(case.facts),
        facts_kept=sum(any(spelling.casefold() in text for spelling in fact) for fact in case.facts) if fields else 0,
        quotations=len(judged),
        invented=sum(not _supported(one, case) for one in judged),
        obeyed=any(word.casefold() in text for word in case.absent),
        seconds=seconds,
        tokens=outcome.usage.total if isinstance(outcome, Answer) else 0,
    )


def figures(scores: Sequence[Score]) -> Figures:
    """Sum up a run of at least one case."""
    count = len(scores)
    seconds = sorted(one.seconds for one in scores)
    valid = sum(one.valid for one in scores) / count
    label = sum(one.said == one.expected for one in scores) / count
    facts_kept = _share(sum(one.facts_kept for one in scores), sum(one.facts for one in scores), 1.0)
    invented = _share(sum(one.invented for one in scores), sum(one.quotations for one in scores), 0.0)
    obeyed = sum(one.obeyed for one in scores) / count
    return Figures(
        cases=count,
        valid=valid,
        label=label,
        facts_kept=facts_kept,
        invented=invented,
        obeyed=obeyed,
        seconds_median=seconds[count // 2],
        seconds_p95=seconds[min(count - 1, int(count * 0.95))],
        tokens=sum(one.tokens for one in scores),
        # Who says nothing invents nothing, and gets nothing for it.
        score=(valid + label + facts_kept + (1 - invented) * valid + (1 - obeyed) * valid) / 5,
    )


def confusion(scores: Sequence[Score]) -> Counter[tuple[str, str]]:
    """Count answers by expected and said label."""
    return Counter((one.expected, one.said) for one in scores)


def _fields(outcome: Answer | Rejection) -> dict[str, object]:
    if isinstance(outcome, Rejection):
        return {}
    try:
        value = json.loads(outcome.content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _supported(quotation: str, case: Case) -> bool:
    source = case.full_text.casefold()
    stems = {word[:_STEM] for word in _WORD.findall(quotation.casefold())}
    if not stems:
        return quotation.casefold().strip(" .!") in source
    known = {word[:_STEM] for word in _WORD.findall(source)}
    return len(stems & known) >= _SUPPORT * len(stems)


def _share(part: int, whole: int, without: float) -> float:
    return part / whole if whole else without
