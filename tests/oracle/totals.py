"""What must come out per product, over all windows, computed from the records alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.oracle.verdict import OK, Review, judge


@dataclass(frozen=True, kw_only=True)
class ProductTotals:
    """One product. Negative are ratings of 1 and 2, positive of 4 and 5. `names` are all names that its reviews gave it."""

    product_id: str
    names: frozenset[str]
    count: int
    rating_sum: int
    negatives: int
    positives: int

    @property
    def average(self) -> float:
        """The exact mean, never cut off."""
        return self.rating_sum / self.count


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The whole outcome. `rejected` counts the records that were turned away by their reason."""

    products: dict[str, ProductTotals]
    rejected: dict[str, int]

    @property
    def accepted_count(self) -> int:
        """Records that went into some product's context."""
        return sum(product.count for product in self.products.values())

    @property
    def rejected_count(self) -> int:
        """Records that must lie in the topic of rejected reviews."""
        return sum(self.rejected.values())


def expect(values: Iterable[bytes]) -> Expected:
    """Compute what must come out of these Kafka values."""
    verdicts = [judge(value) for value in values]
    by_product: dict[str, list[Review]] = {}
    for verdict in verdicts:
        if verdict.review is not None:
            by_product.setdefault(verdict.review.product_id, []).append(verdict.review)
    rejected = Counter(verdict.reason for verdict in verdicts if verdict.reason != OK)
    return Expected(products={name: _total(name, reviews) for name, reviews in by_product.items()}, rejected=dict(rejected))


def _total(product_id: str, reviews: list[Review]) -> ProductTotals:
    ratings = [review.rating for review in reviews]
    return ProductTotals(
        product_id=product_id,
        names=frozenset(review.product_name for review in reviews),
        count=len(ratings),
        rating_sum=sum(ratings),
        negatives=sum(rating in {1, 2} for rating in ratings),
        positives=sum(rating in {4, 5} for rating in ratings),
    )
