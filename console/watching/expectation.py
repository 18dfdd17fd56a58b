"""What the demonstration waits for, by the bundle's manifest."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.feeding.records import Batch
from console.watching.results import Result
from flinksql.sql.templates import value_at
from platforms.bundle_view import BundleView


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """When the results of the samples are complete. All of it must hold.

    `records` are the well-formed sample records; the sum of `covers` over the results must reach them, where it names a column. `keys` are
    those that must be among the results' `key`.
    """

    records: int
    rows: int = 1
    covers: str = ""
    key: str = ""
    keys: frozenset[bytes] = frozenset()

    def is_met(self, results: Sequence[Result]) -> bool:
        """Tell whether enough has come."""
        if len(results) < self.rows or (self.covers and self._covered(results) < self.records):
            return False
        return self.keys <= {str(value_at(one.fields, self.key)).encode() for one in results}

    def progress(self, results: Sequence[Result]) -> str:
        """Return how far it is, for a message."""
        if self.covers:
            return f"those of {self._covered(results):g} of {self.records} sample records"
        return f"{len(results)} of at least {self.rows}"

    def _covered(self, results: Sequence[Result]) -> float:
        return sum(one.number(self.covers) for one in results)


def expectation_of(view: BundleView, batches: Sequence[Batch]) -> Expectation:
    """Return what the manifest expects of these samples."""
    good = [record for batch in batches if not batch.malformed for record in batch.records]
    demo, show = view.manifest.demo, view.manifest.show
    by_key = demo.every_key and show is not None and bool(show.key)
    return Expectation(
        records=len(good),
        rows=demo.rows,
        covers=demo.covers,
        key=show.key[0] if show and by_key else "",
        keys=frozenset(record.key for record in good if record.key is not None) if by_key else frozenset(),
    )
