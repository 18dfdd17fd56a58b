"""Volume claims of the stack that are being deleted: they go, and their data, when the last pod lets go of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cluster.diagnosis.snapshot import Json, labels_of, name_of
from cluster.names import PART_OF, PART_OF_LABEL


@dataclass(frozen=True, kw_only=True)
class FailingClaim:
    """A claim that is being deleted. `volume` is the name of its volume, empty before it has one."""

    name: str
    volume: str

    @property
    def keeping(self) -> str:
        """How its data are kept, which only its volume's owner can do."""
        if not self.volume:
            return "it has no volume yet"
        keep = '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
        return (
            f"to keep the data, run this now: `kubectl patch pv {self.volume} -p '{keep}'`; docs/operations.md, "
            '"When something was lost", says how `up` gets them back'
        )


def failing_claims(claims: Iterable[Json]) -> Iterator[FailingClaim]:
    """Return those of the stack that are being deleted."""
    for claim in claims:
        if claim["metadata"].get("deletionTimestamp") and labels_of(claim).get(PART_OF_LABEL) == PART_OF:
            yield FailingClaim(name=name_of(claim), volume=str((claim.get("spec") or {}).get("volumeName") or ""))
