"""Parts of the gateway by themselves: the circuit breaker, cutting texts, estimates, the last outcomes."""

import json

import pytest

from modelgateway.backends.upstream import FEWEST, RecentOutcomes
from modelgateway.special_tokens import neutral
from modelgateway.tokens import estimate_tokens
from modelgateway.upstreams.breaker import OPEN_SECONDS, THRESHOLD, CircuitBreaker
from modelgateway.upstreams.context import shortened


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[CircuitBreaker, Clock]:
    clock = Clock()
    breaker = CircuitBreaker(clock=clock)
    for _ in range(THRESHOLD):
        breaker.failed()
    return breaker, clock


def test_the_breaker_opens_after_failures_in_a_row_and_not_before() -> None:
    breaker = CircuitBreaker(clock=Clock())
    for _ in range(THRESHOLD - 1):
        breaker.failed()
    breaker.succeeded()
    for _ in range(THRESHOLD - 1):
        breaker.failed()
    assert (breaker.state, breaker.wait_seconds) == ("closed", 0.0)
    breaker.failed()
    assert (breaker.state, breaker.wait_seconds) == ("open", OPEN_SECONDS)


def test_one_call_tries_while_the_others_wait() -> None:
    breaker, clock = opened()
    clock.now += OPEN_SECONDS
    assert (breaker.state, breaker.wait_seconds) == ("half-open", 0.0)
    with breaker.call():
        assert breaker.wait_seconds > 0
        breaker.succeeded()
    assert breaker.state == "closed"


def test_a_try_that_fails_opens_it_again_and_one_that_is_cancelled_says_nothing() -> None:
    breaker, clock = opened()
    clock.now += OPEN_SECONDS
    with breaker.call():
        pass
    assert breaker.state == "half-open"
    with breaker.call():
        breaker.failed()
    assert (breaker.state, breaker.wait_seconds) == ("open", OPEN_SECONDS)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("short", 10, "short", id="fits"),
        pytest.param("abcdef", 3, "abc", id="plain text"),
        pytest.param("one | two | three", 11, "one", id="the article's form"),
        pytest.param('[{"rating": 5, "review": "a"}, {"rating": 1, "review": "b"}]', 40, '[{"rating": 5, "review": "a"}]', id="a list"),
        pytest.param('[{"review": "long enough"}]', 10, "", id="not even one fits"),
    ],
)
def test_a_text_is_shortened_where_an_entry_ends(text: str, limit: int, expected: str) -> None:
    assert shortened(text, limit) == expected


def test_shortening_a_long_list_gives_the_longest_beginning_or_nearly() -> None:
    entries = [{"review": "x" * (number % 50)} for number in range(1_000)]
    found = shortened(json.dumps(entries), 5_000)
    kept = json.loads(found)
    assert kept == entries[: len(kept)]
    assert 4_000 < len(found) <= 5_000


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("word " * 1_600, 1_518, id="English"),
        pytest.param("很" * 8_000, 15_530, id="CJK"),
        pytest.param("😀" * 8_000, 24_000, id="emoji"),
    ],
)
def test_the_estimate_is_never_below_what_was_measured(text: str, tokens: int) -> None:
    assert tokens <= estimate_tokens(text) <= 2.1 * tokens


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=text) for text in ("3 < 5", "a | b", "<b>bold</b>", "[1] and [INSTALL]", "<3", "x -> y", "|> |")],
)
def test_ordinary_text_stays_readable(text: str) -> None:
    assert neutral(text).replace(" ", "") == text.replace(" ", "")


def test_a_model_that_mostly_refuses_is_failing_and_old_outcomes_are_forgotten() -> None:
    clock = Clock()
    recent = RecentOutcomes(clock)
    for _ in range(FEWEST):
        recent.add("key_refused")
    assert recent.summary() == {"asked": FEWEST, "rejected": FEWEST, "reasons": {"key_refused": FEWEST}, "failing": True}
    for _ in range(FEWEST):
        recent.add("")
    assert recent.summary()["failing"] is False
    clock.now += 10_000
    assert recent.summary() == {"asked": 0, "rejected": 0, "reasons": {}, "failing": False}
