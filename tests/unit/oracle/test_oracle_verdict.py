"""The rule table of the oracle, row by row, and the records that were made to break it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.oracle.records import DANGEROUS_TEXTS, MALFORMATIONS, Record, encode, generate, one_of_each, read_malformed_samples, read_samples
from tests.oracle.totals import expect
from tests.oracle.verdict import OK, judge

SAMPLES = Path(__file__).parents[3] / "samples"
GOOD: dict[str, object] = {"review_id": "R1", "product_id": "P1", "product_name": "Thing", "rating": 4, "review_text": "Fine."}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({}, OK, id="plain"),
        pytest.param({"rating": 1}, OK, id="lowest rating"),
        pytest.param({"rating": 5}, OK, id="highest rating"),
        pytest.param({"rating": -1}, "bad_rating", id="negative rating"),
        pytest.param({"review_text": "x" * 100_000}, OK, id="longest text"),
        pytest.param({"review_text": "😀" * 100_000}, OK, id="length counts characters, not bytes"),
        pytest.param({"review_text": "x" * 100_001}, "too_long", id="one character too long"),
        pytest.param({"review_text": "\u00a0\u200b"}, "bad_review_text", id="a text that shows nothing"),
        pytest.param({"review_text": "\x0b"}, "bad_review_text", id="a vertical tab"),
        pytest.param({"review_id": " "}, "bad_review_id", id="a blank review_id"),
        pytest.param({"product_id": "   "}, "bad_product_id", id="a blank product_id"),
        pytest.param({"product_id": "x" * 200}, OK, id="longest product_id"),
        pytest.param({"product_id": "x" * 201}, "bad_product_id", id="a product_id too long"),
        pytest.param({"review_id": "x" * 201}, "bad_review_id", id="a review_id too long"),
        pytest.param({"product_name": "x" * 600_000}, OK, id="a name of any length"),
        pytest.param({"extra": [[[]]]}, OK, id="unknown fields are ignored"),
        pytest.param({"review_id": 1, "rating": 9}, "bad_review_id", id="the first broken rule is the reason"),
    ],
)
def test_each_rule_gives_its_reason(changed: dict[str, object], reason: str) -> None:
    assert judge(encode({**GOOD, **changed})).reason == reason


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("Other", "Other", id="string"),
        pytest.param(None, "P1", id="null"),
        pytest.param({}, "P1", id="object"),
        pytest.param(5, "5", id="number"),
        pytest.param(7.5, "7.5", id="fraction"),
        pytest.param(True, "true", id="boolean"),
        pytest.param("", "P1", id="empty string"),
        pytest.param(" \u00a0", "P1", id="a blank name"),
        pytest.param("n" * 300, "n" * 200, id="a long name is cut"),
    ],
)
def test_the_product_name_is_a_scalar_or_the_product_id(name: object, shown: str) -> None:
    review = judge(encode({**GOOD, "product_name": name})).review
    assert review is not None
    assert review.product_name == shown


def test_a_missing_product_name_is_the_product_id() -> None:
    review = judge(encode({key: value for key, value in GOOD.items() if key != "product_name"})).review
    assert review is not None
    assert review.product_name == "P1"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        pytest.param(b"5e0", OK, id="an exponent of none"),
        pytest.param(b"0.5E1", OK, id="a whole number by its exponent"),
        pytest.param(b"50e-1", "bad_rating", id="a fraction by its exponent"),
        pytest.param(b"5.0", "bad_rating", id="a fraction of none"),
        pytest.param(b"-0", "bad_rating", id="minus zero"),
        pytest.param(b"05", "not_a_json_object", id="a leading zero"),
        pytest.param(b"NaN", "not_a_json_object", id="not a number"),
    ],
)
def test_a_rating_counts_as_it_is_written(written: bytes, reason: str) -> None:
    assert judge(encode(GOOD).replace(b'"rating": 4', b'"rating": ' + written)).reason == reason


def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    assert judge(encode(GOOD)[:-1] + b', "rating": 9}').reason == "bad_rating"


@pytest.mark.parametrize("record", [pytest.param(record, id=record.kind) for record in one_of_each()])
def test_every_kind_is_judged_as_it_was_made(record: Record) -> None:
    assert judge(record.value).reason == record.reason


def test_generated_records_are_judged_as_they_were_made() -> None:
    records = generate(seed=3, count=4000, malformed_share=0.05)
    assert [judge(record.value).reason for record in records] == [record.reason for record in records]


def test_generation_keeps_the_share_and_brings_every_kind() -> None:
    records = generate(seed=1, count=10_000, malformed_share=0.01)
    malformed = Counter(record.kind for record in records if not record.is_valid)
    assert len(records) == 10_000
    assert malformed.total() == 100
    assert set(malformed) == set(MALFORMATIONS)
    assert set(DANGEROUS_TEXTS) <= {record.kind for record in records if record.is_valid}


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    assert generate(seed=5, count=200, malformed_share=0.1) == generate(seed=5, count=200, malformed_share=0.1)
    assert generate(seed=5, count=200, malformed_share=0.1) != generate(seed=6, count=200, malformed_share=0.1)


def test_totals_count_sum_and_average_per_product() -> None:
    ratings = {"A": [1, 2, 3, 4, 5, 5], "B": [2]}
    values = [encode({**GOOD, "product_id": product, "rating": rating}) for product, given in ratings.items() for rating in given]
    found = expect([*values, b"", b"{}"])
    a, b = found.products["A"], found.products["B"]
    assert (a.count, a.rating_sum, a.negatives, a.positives, a.average) == (6, 20, 2, 3, 20 / 6)
    assert (b.count, b.rating_sum, b.negatives, b.positives, b.average) == (1, 2, 1, 0, 2.0)
    assert found.rejected == {"empty": 1, "bad_review_id": 1}
    assert found.accepted_count + found.rejected_count == len(values) + 2


def test_the_samples_are_valid_and_no_average_is_a_whole_number() -> None:
    values = read_samples(SAMPLES / "reviews.jsonl")
    found = expect(values)
    assert found.rejected == {}
    assert found.accepted_count == len(values) == len({json.loads(value)["review_id"] for value in values})
    assert len(found.products) == 6
    assert all(product.rating_sum % product.count for product in found.products.values())
    assert found.products["P200"].names == {"NoiseCancel Headphones", "P200"}, "one of its reviews names no product"


@pytest.mark.parametrize(
    ("note", "value"), [pytest.param(*sample, id=sample[0]) for sample in read_malformed_samples(SAMPLES / "malformed.jsonl")]
)
def test_malformed_samples_are_turned_away(note: str, value: bytes) -> None:
    assert judge(value).reason != OK, note
