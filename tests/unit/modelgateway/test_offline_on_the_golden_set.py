"""The offline summariser on the golden set: no strength from a bad review, and both sides of a divided opinion."""

import pytest

from console.evaluation.golden import Case, Rules, read_golden
from modelgateway.extractive.answer import CLEAR_STANCE, find
from modelgateway.extractive.entry import Entry
from modelgateway.extractive.sentence import read_sentences
from modelgateway.extractive.sentiment import Sentiment
from tests.support.project import REPOSITORY

BAD, GOOD = 2, 4
RULES = Rules(input="reviews", label="sentiment", quotations=(), fields=())
CASES = read_golden(REPOSITORY / "samples" / "evaluation.jsonl", RULES)
DIVIDED = [case for case in CASES if find(case.text).sentiment is Sentiment.MIXED]


def reviews_of(case: Case) -> list[tuple[int, str]]:
    return [(one["rating"], one["review"]) for one in case.input]


def texts(case: Case, *, low: int = 1, high: int = 5) -> str:
    return "\n".join(review for rating, review in reviews_of(case) if low <= rating <= high)


def test_the_golden_set_has_what_these_tests_are_about() -> None:
    assert len(DIVIDED) >= 10
    assert sum(any(rating <= BAD for rating, _ in reviews_of(case)) for case in CASES) >= 20


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_no_strength_is_taken_from_a_review_of_two_stars_or_less(case: Case) -> None:
    found = find(case.text)
    assert not [strength for strength in found.key_strengths if strength.rstrip("…") not in texts(case, low=BAD + 1)]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in DIVIDED])
def test_the_summary_of_a_divided_opinion_names_both_sides(case: Case) -> None:
    summary = find(case.text).summary
    reviews = [Entry(rating=rating, text=text) for rating, text in reviews_of(case)]
    ratings = [one.rating for one in reviews if one.rating and any(sentence.text in summary for sentence in read_sentences([one]))]
    assert len(ratings) >= 2, summary
    assert min(ratings) < GOOD, summary
    assert max(ratings) > BAD, summary


def test_praise_in_a_bad_review_is_no_strength_though_its_words_are_clear() -> None:
    found = find('[{"rating":1,"review":"Great, wonderful, fantastic."},{"rating":5,"review":"Good sound."}]')
    assert found.key_strengths == ["Good sound."]
    assert CLEAR_STANCE < 1


def test_a_side_without_a_word_of_the_lexicon_speaks_by_its_stars() -> None:
    found = find('[{"rating":5,"review":"Weighs 200 grams."},{"rating":1,"review":"Cracked after a week."}]')
    assert found.sentiment is Sentiment.MIXED
    assert found.summary == "Weighs 200 grams. Cracked after a week."
