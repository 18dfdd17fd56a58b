"""The rows of the load test."""

from dataclasses import dataclass

from benchmarks.load.shapes import LONGEST_TEXT, Shape, an_hour_of, lengths, poisons, reviews


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`seconds_of_capacity` says how many records: as many as one slot takes in that time. `count` says it outright instead.

    `paused` sends while the jobs are stopped with a savepoint; they start again afterwards. Such a row has a stack of its own: its
    timestamps lie an hour back, and would be late to a job that has seen the present.
    """

    name: str
    shape: Shape
    products: str
    texts: str
    seconds_of_capacity: float = 0.0
    count: int = 0
    paused: bool = False


MOST_RECORDS = 500_000
"""So many at once fill the broker's page cache of a small machine, and are 100 s of what a slot takes."""

SCENARIOS = (
    Scenario(name="what a slot takes in a second", shape=reviews(products=6), products="6", texts="120", seconds_of_capacity=1),
    Scenario(name="ten times that at once", shape=reviews(products=6), products="6", texts="120", seconds_of_capacity=10),
    Scenario(name="a hundred times that at once", shape=reviews(products=6), products="6", texts="120", seconds_of_capacity=100),
    Scenario(name="one product", shape=reviews(products=1), products="1", texts="120", seconds_of_capacity=10),
    Scenario(name="10,000 products", shape=reviews(products=10_000), products="10,000", texts="400", seconds_of_capacity=10),
    Scenario(name="texts of one character", shape=reviews(products=6, characters=1), products="6", texts="1", seconds_of_capacity=10),
    Scenario(
        name="texts up to 900,000 characters",
        shape=lengths((1, 100, 10_000, LONGEST_TEXT, LONGEST_TEXT + 1, 900_000)),
        products="6",
        texts="1 - 900,000",
        count=300,
    ),
    Scenario(name="records that ended the pipeline once", shape=poisons, products="6", texts="to 900,000", count=27),
    Scenario(
        name="an hour's backlog after a stop",
        shape=an_hour_of(products=6, characters=500),
        products="6",
        texts="500",
        count=6 * 3600,
        paused=True,
    ),
    Scenario(
        name="500,000 in an hour after a stop",
        shape=an_hour_of(products=6, characters=120),
        products="6",
        texts="120",
        count=MOST_RECORDS,
        paused=True,
    ),
)
