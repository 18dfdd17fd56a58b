"""What is sent: reviews of a shape (how many, of how many products, how long), and records that ended the pipeline once."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

LONGEST_TEXT = 100_000
"""Of a review that is accepted, in characters; the bundle says so."""
HOUR_SECONDS = 3600
_POISON_BYTES = 900_000
_WORDS = ("good", "bad", "broke", "great", "slow", "fine", "sound", "battery", "strap", "screen")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One record. `product` is None for a record that has to be rejected. `age_seconds` is how old its timestamp is, 0 for now.

    `stamp` is the timestamp it was sent with, in milliseconds since 1970; 0 where the client chose it.
    """

    value: bytes
    product: str | None
    age_seconds: float = 0.0
    stamp: int = 0


Shape = Callable[[int], Iterator[Sent]]
"""Makes so many records."""


def reviews(*, products: int, characters: int = 120) -> Shape:
    """Return a shape of reviews of equal length, the products in turn."""

    def make(count: int) -> Iterator[Sent]:
        chance = random.Random(count)  # noqa: S311  # the same records each time
        text = _text(chance, characters)
        for number in range(count):
            yield review(number, f"P{number % products}", 1 + chance.randrange(5), text)

    return make


def lengths(sizes: tuple[int, ...]) -> Shape:
    """Return a shape of reviews whose texts have these lengths in turn; those that are too long have to be rejected."""

    def make(count: int) -> Iterator[Sent]:
        chance = random.Random(count)  # noqa: S311  # the same records each time
        texts = {size: _text(chance, size) for size in sizes}
        for number in range(count):
            size = sizes[number % len(sizes)]
            yield review(number, f"P{number % 6}", 1 + chance.randrange(5), texts[size])

    return make


def poisons(count: int) -> Iterator[Sent]:
    """Make records each of which ended the pipeline once, or could: each kind in turn, a good review after each."""
    kinds: tuple[Callable[[int], Sent], ...] = (
        lambda _number: Sent(value=b"\x80" * _POISON_BYTES, product=None),
        lambda number: review(number, "P0", 5, "x" * _POISON_BYTES),
        lambda number: review(number, "p" * 500_000, 5, "fine"),
        lambda number: review(number, "   ", 5, "fine"),
        lambda number: review(number, "\u00a0\u200b", 5, "fine"),
        lambda number: review(number, "P1", 4, "\u0001" * 50_000 + "fine"),
        lambda number: review(number, "P2", 1, '"' * 50_000 + "\\"),
        lambda number: review(number, "P3", 3, "\U0001f600" * LONGEST_TEXT),
        lambda number: review(number, "P4", 2, "bad", name="n" * 600_000),
    )
    for number in range(count):
        yield kinds[number % len(kinds)](2 * number)
        yield review(2 * number + 1, "P5", 5, "good")


def an_hour_of(*, products: int, characters: int) -> Shape:
    """Return a shape of reviews whose timestamps are spread evenly over the last hour, in order."""
    plain = reviews(products=products, characters=characters)

    def make(count: int) -> Iterator[Sent]:
        for number, sent in enumerate(plain(count)):
            age = HOUR_SECONDS * (1 - number / count)
            yield replace(sent, age_seconds=age)

    return make


def review(number: int, product: str, rating: int, text: str, name: str = "Product") -> Sent:
    """Make a review; the bundle's own limits decide whether it is a good one."""
    fields = {"review_id": f"L{number}", "product_id": product, "product_name": name, "rating": rating, "review_text": text}
    good = bool(product.strip("\u00a0\u200b ")) and len(product) <= 200 and len(text) <= LONGEST_TEXT  # noqa: PLR2004  # the bundle's bound
    return Sent(value=json.dumps(fields, ensure_ascii=False).encode(), product=product if good else None)


def _text(chance: random.Random, characters: int) -> str:
    words: list[str] = []
    length = 0
    while length < characters:
        words.append(chance.choice(_WORDS))
        length += len(words[-1]) + 1
    return " ".join(words)[: max(characters, 1)].rstrip() or "x"
